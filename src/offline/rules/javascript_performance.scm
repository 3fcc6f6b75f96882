; JavaScript and TypeScript, performance.

;;; js-query-per-item performance medium 75 n-plus-one per-item
;; title: One database query per item of a loop
;; scenario: With 1,000 items `{what}` makes 1,000 round trips where one query would do.
;; fix: Fetch all at once before the loop (`where: { id: { in: ids } }`) or join.
(await_expression (call_expression function: (member_expression property: (property_identifier) @f)
  (#any-of? @f "findOne" "findById" "findUnique" "findFirst" "findByPk" "findOneBy" "findUniqueOrThrow" "findOneOrFail"))) @hit

;;; js-await-in-loop performance low 50 await-in-loop await-independent
;; title: Awaits one after another in a loop
;; scenario: n requests of 100 ms take n × 100 ms though none waits for another's result.
;; fix: Start them together with a bound and `await Promise.all`.
(await_expression (call_expression function: [(identifier) @f (member_expression object: (identifier) @f)]
  (#any-of? @f "fetch" "axios" "got"))) @hit

;;; js-sync-in-handler performance medium 75 blocking-in-async in-handler
;; title: Blocking call while a request is served
;; scenario: While `{what}` runs, the only thread stands still and every other request waits.
;; fix: Use the promise form of the call and await it.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f)
  (#any-of? @m "fs" "child_process" "zlib" "crypto") (#match? @f "^(readFile|writeFile|readdir|stat|exec|execFile|spawn|gzip|gunzip|pbkdf2|scrypt|appendFile)Sync$")) @hit

;;; js-sync-in-async performance low 50 blocking-in-async in-async
;; title: Blocking call in an async function
;; scenario: While `{what}` runs, the only thread stands still; in a server every other request waits.
;; fix: Use the promise form of the call and await it.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f)
  (#any-of? @m "child_process" "zlib" "crypto") (#match? @f "^(exec|execFile|spawn|gzip|gunzip|pbkdf2|scrypt)Sync$")) @hit

;;; js-regex-in-loop performance low 50 recompile-in-loop in-loop-constant
;; title: Regular expression is compiled in a loop
;; scenario: Every round builds the same expression again.
;; fix: Build it once before the loop.
(new_expression constructor: (identifier) @f arguments: (arguments . (_) @arg) (#eq? @f "RegExp")) @hit

;;; js-intl-in-loop performance low 75 alloc-in-loop in-loop
;; title: Formatter is built in every round of a loop
;; scenario: Building an Intl formatter loads locale data and takes some 50 µs, far more than the formatting.
;; fix: Build it once before the loop.
(new_expression constructor: (member_expression object: (identifier) @m) (#eq? @m "Intl")) @hit

;;; js-membership performance medium 50 quadratic membership
;; title: Membership test in an array inside a loop
;; scenario: Each test walks `{what}`; 10,000 items against 10,000 rounds are 50 million comparisons.
;; fix: Keep a Set beside the array and test there.
;; file: = \[\]|= new Array
(call_expression function: (member_expression object: (identifier) @list @what property: (property_identifier) @f)
  (#any-of? @f "includes" "indexOf")) @hit

;;; js-json-clone-in-loop performance low 50 alloc-in-loop in-loop
;; title: Deep copy through JSON in every round of a loop
;; scenario: Each round writes and reads the whole of `{what}` as text.
;; fix: Copy once before the loop, copy only what changes, or use `structuredClone`.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f)
  arguments: (arguments (call_expression function: (member_expression object: (identifier) @m2 property: (property_identifier) @g)))
  (#eq? @m "JSON") (#eq? @f "parse") (#eq? @m2 "JSON") (#eq? @g "stringify")) @hit

;;; js-array-copied-in-loop performance medium 75 quadratic grown-in-loop
;; title: Array is copied in every round of a loop
;; scenario: `{what}` is copied whole each round, so n rounds copy n²/2 items.
;; fix: Use `push`.
;; near: =\s*[\[{](?:\s|//.*)*\.\.\.|\bconcat\b
(assignment_expression left: (identifier) @target right: (array . (spread_element (identifier) @arg))) @hit
(assignment_expression left: (identifier) @target right: (object . (spread_element (identifier) @arg))) @hit
(assignment_expression left: (identifier) @target right: (call_expression function: (member_expression
  object: (identifier) @arg property: (property_identifier) @f)) (#eq? @f "concat")) @hit

;;; js-reduce-copy performance medium 75 quadratic reduce-copy
;; title: Accumulator is copied in every round of reduce
;; scenario: `...{what}` copies all entries so far for each item, so n items copy n²/2 entries.
;; fix: Add to the accumulator and return it, or use `Object.fromEntries` or `flatMap`.
(call_expression function: (member_expression property: (property_identifier) @f) arguments: (arguments . (arrow_function
  parameters: (formal_parameters . (_) @accumulator)
  body: (parenthesized_expression (object . (spread_element (identifier) @arg)))))
  (#eq? @f "reduce")) @hit
(call_expression function: (member_expression property: (property_identifier) @f) arguments: (arguments . (arrow_function
  parameters: (formal_parameters . (_) @accumulator)
  body: (array . (spread_element (identifier) @arg))))
  (#eq? @f "reduce")) @hit
