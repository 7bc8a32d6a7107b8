/** How tests/test_html.py checks the built pages: html-validate's recommended rules, but for two. */
export default {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // The HTML standard writes it in small letters; the rule's default is the habit of older standards.
    "doctype-style": ["error", { style: "lowercase" }],
    // A box that scrolls is named and focusable so that a keyboard can scroll it, but it opens no section of the text.
    "prefer-native-element": ["error", { exclude: ["region"] }],
  },
};
