import js from "@eslint/js"
import globals from "globals"

export default [
  {files: ["app/browser/**/*.js"], languageOptions: {globals: globals.browser}},
  {files: ["tests/**/*.mjs", "*.config.js"], languageOptions: {globals: globals.node}},
  {
    ...js.configs.recommended,
    files: ["app/browser/**/*.js", "tests/**/*.mjs", "*.config.js"],
    rules: {
      ...js.configs.recommended.rules,
      eqeqeq: ["error", "always", {null: "ignore"}],
      "no-implicit-globals": "error",
      "no-unused-vars": ["error", {argsIgnorePattern: "^_"}],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
]
