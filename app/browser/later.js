// What the page can do without until its first lesson is there: a file of its own, fetched soon after. The course, the code,
// other kinds of lessons, what can be had of figures, links for cameras.

import {choosePoints, chooseTable} from "./choosing.js"
import {Course} from "./course.js"
import {csvText} from "./csv.js"
import {Demonstrations} from "./demonstrations.js"
import {descent} from "./lessons/descent.js"
import {network} from "./lessons/network.js"
import {showCode} from "./listing.js"
import {offer} from "./offering.js"
import {Opening} from "./opening.js"
import {Pair} from "./pair.js"
import {readReport, showReport} from "./report.js"
import {showScannable} from "./scanning.js"
import {askForState, stateIn, stateText} from "./state_file.js"

const kinds = {descent, network}

export {
  askForState, choosePoints, chooseTable, Course, csvText, Demonstrations, kinds, offer, Opening, Pair, readReport, showCode, showReport, showScannable, stateIn, stateText,
}
