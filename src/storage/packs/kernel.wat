;; Finds terms in the texts of a block: 16 bytes at once, which JavaScript cannot do. See docs/decisions/0048-search-packs.md.
(module
  (memory (export "memory") 4)

  ;; Whether a term is at a place where its first and its last byte are.
  (func $isAt (param $place i32) (param $term i32) (param $length i32) (result i32)
    (local $index i32)
    (local.set $index (i32.const 1))
    (loop $next
      (if (i32.ge_s (local.get $index) (i32.sub (local.get $length) (i32.const 1)))
        (then (return (i32.const 1))))
      (if (i32.ne
            (i32.load8_u (i32.add (local.get $place) (local.get $index)))
            (i32.load8_u (i32.add (local.get $term) (local.get $index))))
        (then (return (i32.const 0))))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; The first place of a term between two addresses; $to if it is nowhere. Reads up to 15 bytes and a term behind $to.
  (func $find (param $from i32) (param $to i32) (param $term i32) (param $length i32) (result i32)
    (local $first v128) (local $last v128) (local $toLast i32) (local $end i32) (local $hits i32) (local $place i32)
    (local.set $toLast (i32.sub (local.get $length) (i32.const 1)))
    (local.set $end (i32.sub (local.get $to) (local.get $toLast)))
    (local.set $first (i8x16.splat (i32.load8_u (local.get $term))))
    (local.set $last (i8x16.splat (i32.load8_u (i32.add (local.get $term) (local.get $toLast)))))
    (block $nowhere
      (loop $next
        (br_if $nowhere (i32.ge_s (local.get $from) (local.get $end)))
        ;; A bit for each of 16 places that has the first byte of the term, and the last one where it would end.
        (local.set $hits (i8x16.bitmask (v128.and
          (i8x16.eq (v128.load align=1 (local.get $from)) (local.get $first))
          (i8x16.eq (v128.load align=1 (i32.add (local.get $from) (local.get $toLast))) (local.get $last)))))
        (loop $hit
          (if (local.get $hits)
            (then
              (local.set $place (i32.add (local.get $from) (i32.ctz (local.get $hits))))
              (br_if $nowhere (i32.ge_s (local.get $place) (local.get $end)))
              (if (call $isAt (local.get $place) (local.get $term) (local.get $length))
                (then (return (local.get $place))))
              ;; Clears the lowest bit.
              (local.set $hits (i32.and (local.get $hits) (i32.sub (local.get $hits) (i32.const 1))))
              (br $hit))))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (br $next)))
    (local.get $to))

  ;; Whether terms are between two addresses. $terms: address and length of each.
  (func $hasAll (param $from i32) (param $to i32) (param $terms i32) (param $count i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $count)) (then (return (i32.const 1))))
      (if (i32.eq
            (call $find (local.get $from) (local.get $to)
              (i32.load (local.get $terms)) (i32.load offset=4 (local.get $terms)))
            (local.get $to))
        (then (return (i32.const 0))))
      (local.set $terms (i32.add (local.get $terms) (i32.const 8)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br $next))
    (unreachable))

  ;; Writes the numbers of the rows to $out that have all terms and one of the statuses, and returns how many there are.
  ;; $starts: where the text of each row begins, and where the last one ends. $statuses: a byte of each row, one bit set.
  ;; $allowed: the bits of the statuses. $terms: as above.
  (func (export "scan") (param $rows i32) (param $starts i32) (param $statuses i32) (param $allowed i32)
      (param $terms i32) (param $count i32) (param $out i32) (result i32)
    (local $row i32) (local $place i32) (local $end i32) (local $rowEnd i32) (local $found i32)
    (local.set $place (i32.load (local.get $starts)))
    (local.set $end (i32.load (i32.add (local.get $starts) (i32.shl (local.get $rows) (i32.const 2)))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $row) (local.get $rows)))
        ;; The first term is looked for in all rows at once.
        (if (local.get $count)
          (then
            (local.set $place (call $find (local.get $place) (local.get $end)
              (i32.load (local.get $terms)) (i32.load offset=4 (local.get $terms))))
            (br_if $done (i32.ge_u (local.get $place) (local.get $end)))))
        (loop $ahead
          (local.set $rowEnd (i32.load offset=4 (i32.add (local.get $starts) (i32.shl (local.get $row) (i32.const 2)))))
          (if (i32.le_u (local.get $rowEnd) (local.get $place))
            (then
              (local.set $row (i32.add (local.get $row) (i32.const 1)))
              (br $ahead))))
        (if (i32.and (local.get $allowed) (i32.load8_u (i32.add (local.get $statuses) (local.get $row))))
          (then
            ;; The first term, if there is one, is in the row.
            (if (call $hasAll
                  (i32.load (i32.add (local.get $starts) (i32.shl (local.get $row) (i32.const 2))))
                  (local.get $rowEnd)
                  (i32.add (local.get $terms) (i32.const 8))
                  (select (i32.sub (local.get $count) (i32.const 1)) (i32.const 0) (local.get $count)))
              (then
                (i32.store (i32.add (local.get $out) (i32.shl (local.get $found) (i32.const 2))) (local.get $row))
                (local.set $found (i32.add (local.get $found) (i32.const 1)))))))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (local.set $place (local.get $rowEnd))
        (br $next)))
    (local.get $found)))
