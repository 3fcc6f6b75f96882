; JSX, in the grammars that have it.

;;; jsx-html security high 75 CWE-79 markup
;; title: Markup that is not a constant is put into the page
;; scenario: A value with `<img src=x onerror=...>` in `{what}` runs in the visitor's browser.
;; fix: Render the text as a child, or sanitise the markup (DOMPurify).
(jsx_attribute (property_identifier) @k (jsx_expression (object (pair key: (property_identifier) @h value: (_) @arg)))
  (#eq? @k "dangerouslySetInnerHTML") (#eq? @h "__html")) @hit
