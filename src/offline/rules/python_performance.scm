; Python, performance.

;;; py-query-per-item performance medium 75 n-plus-one per-item
;; title: One database query per item of a loop
;; scenario: With 1,000 items `{what}` makes 1,000 round trips where one query would do.
;; fix: Fetch all at once before the loop (`filter(pk__in=...)`, `in_bulk`, `select_related`, `prefetch_related`).
(call function: (attribute object: (attribute attribute: (identifier) @o) attribute: (identifier) @f)
  (#eq? @o "objects") (#any-of? @f "get" "filter" "exclude" "get_or_create" "create" "update_or_create")) @hit

;;; py-execute-per-item performance medium 50 n-plus-one per-item-maybe
;; title: One SQL statement per item of a loop
;; scenario: With 1,000 items `{what}` makes 1,000 round trips.
;; fix: Use `executemany`, one statement with `IN (...)`, or a join.
(call function: (attribute object: (identifier) @o attribute: (identifier) @f)
  (#match? @o "^(cur|cursor|conn|connection|db|session|c)$") (#eq? @f "execute")) @hit

;;; py-http-per-item performance low 50 n-plus-one per-item-maybe
;; title: One HTTP request after another in a loop
;; scenario: With 100 items at 100 ms each the loop takes 10 s.
;; fix: Ask for many items in one request, or run the requests at the same time with a bound.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#any-of? @m "requests" "httpx") (#any-of? @f "get" "post" "put" "head" "delete" "patch")) @hit

;;; py-connect-in-loop performance medium 50 n-plus-one in-loop
;; title: New connection in every round of a loop
;; scenario: Each round pays for a new connection and its handshake.
;; fix: Open one connection before the loop.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#any-of? @m "sqlite3" "psycopg2" "psycopg" "pymysql" "MySQLdb") (#eq? @f "connect")) @hit

;;; py-blocking-in-async performance medium 75 blocking-in-async in-async
;; title: Blocking call in an async function
;; scenario: While `{what}` waits, the whole event loop stands still and every other request waits too.
;; fix: Use `await asyncio.sleep`, an async client, or `asyncio.to_thread`.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#eq? @m "time") (#eq? @f "sleep")) @hit
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#eq? @m "requests") (#any-of? @f "get" "post" "put" "head" "delete" "patch" "request")) @hit
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#eq? @m "subprocess") (#any-of? @f "run" "call" "check_call" "check_output")) @hit

;;; py-list-membership performance medium 50 quadratic membership
;; title: Membership test in a list inside a loop
;; scenario: Each `in {what}` walks the list; 10,000 items against 10,000 rounds are 50 million comparisons.
;; fix: Keep a set beside the list and test there.
;; file: = \[\]|= list\(
(comparison_operator (_) "in" (identifier) @list @what) @hit
(comparison_operator (_) "not in" (identifier) @list @what) @hit

;;; py-list-copied-in-loop performance medium 75 quadratic grown-in-loop
;; title: List is copied in every round of a loop
;; scenario: `{what}` makes a new list each round, so n rounds copy n²/2 items.
;; fix: Use `append` or `extend`.
;; near: \+(?:\s|\\|#.*)*\[
(assignment left: (identifier) @target right: (binary_operator left: (identifier) @arg operator: "+" right: (list))) @hit

;;; py-frame-grown-in-loop performance medium 75 quadratic grown-in-loop
;; title: Data frame is copied in every round of a loop
;; scenario: `concat` copies all rows so far each round, so n rounds copy n²/2 rows.
;; fix: Collect the parts in a list and concatenate once after the loop.
(assignment left: (identifier) @target right: (call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  arguments: (argument_list . (_) @arg)) (#any-of? @m "pd" "pandas") (#eq? @f "concat")) @hit
(assignment left: (identifier) @target right: (call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  arguments: (argument_list . (_) @arg)) (#any-of? @m "np" "numpy") (#any-of? @f "append" "concatenate" "vstack" "hstack")) @hit

;;; py-iterrows performance low 50 alloc-in-loop
;; title: Rows of a data frame are walked one by one
;; scenario: `iterrows` builds a Series per row; a million rows take minutes where a column operation takes milliseconds.
;; fix: Use column operations, or `itertuples`.
(for_statement right: (call function: (attribute attribute: (identifier) @f)) @hit (#eq? @f "iterrows"))

;;; py-list-head performance medium 50 quadratic queue-head
;; title: List is used as a queue
;; scenario: Each `pop(0)` or `insert(0, ...)` moves all items of `{what}`; n rounds move n²/2.
;; fix: Use `collections.deque` with `popleft` and `appendleft`.
(call function: (attribute object: (identifier) @list @what attribute: (identifier) @f) arguments: (argument_list . (integer) @n .)
  (#eq? @f "pop") (#eq? @n "0")) @hit
(call function: (attribute object: (identifier) @list @what attribute: (identifier) @f) arguments: (argument_list . (integer) @n . (_))
  (#eq? @f "insert") (#eq? @n "0")) @hit

;;; py-sort-in-loop performance low 50 quadratic invariant-in-loop
;; title: The same list is sorted in every round of a loop
;; scenario: `{what}` does not change in the loop, yet is sorted again n times.
;; fix: Sort once before the loop.
(call function: (identifier) @f arguments: (argument_list . (identifier) @arg .) (#eq? @f "sorted")) @hit

;;; py-regex-in-loop performance low 50 recompile-in-loop in-loop-constant
;; title: Regular expression is compiled in a loop
;; scenario: Every round looks the pattern up or compiles it again.
;; fix: Compile it once at module level.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @m "re" "regex") (#eq? @f "compile")) @hit

;;; py-await-in-loop performance low 50 await-in-loop await-independent
;; title: Awaits one after another in a loop
;; scenario: n requests of 100 ms take n × 100 ms though none waits for another's result.
;; fix: Gather them with a bound (`asyncio.gather`, `TaskGroup` and a semaphore).
(await (call function: (attribute object: (_) @o attribute: (identifier) @f)
  (#match? @o "client|session|http") (#any-of? @f "get" "post" "put" "fetch" "request"))) @hit

;;; py-unbounded-read performance low 50 unbounded-read
;; title: Whole response is read without a bound
;; scenario: A server that sends gigabytes fills this process's memory.
;; fix: Read with a limit (`read(n)`) and refuse more.
(call function: (attribute object: (call function: [(identifier) @u (attribute attribute: (identifier) @u)])
  attribute: (identifier) @f) arguments: (argument_list) @args (#eq? @u "urlopen") (#eq? @f "read") (#eq? @args "()")) @hit
