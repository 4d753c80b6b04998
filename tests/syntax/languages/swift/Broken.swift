import Foundation

class Before {
    func kept() -> Int { 1 }
}

class Broken {
    func first(a: Int {
        call(a
    }

    /// Stands.
    func second() -> String { return list(of: "x").description }
}

class After: Before {
    var last = 2
}
