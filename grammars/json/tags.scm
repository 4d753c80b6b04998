; The keys of a JSON file's two upper levels.

(document
  (object
    (pair key: (string) @name value: [(object) (array)]? @body) @definition.key))
(document
  (object
    (pair
      value: (object
        (pair key: (string) @name value: [(object) (array)]? @body) @definition.key))))

; While a file is being written it may not be understood as a whole.
(ERROR (pair key: (string) @name value: [(object) (array)]? @body) @definition.key)
(ERROR (string) @name @definition.key . ":")
(ERROR
  (pair
    value: (object
      (pair key: (string) @name value: [(object) (array)]? @body) @definition.key)))
