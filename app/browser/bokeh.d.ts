// BokehJS comes without types of its own in the file that the page loads.
interface Window {
  Bokeh: any
}
