// A shop's basket.
import Foundation
import struct Shop.Price
@testable import class Größe.Maß

/// The most that fits.
public let maxItems = 100
var counter: Int = 0, other = 1
typealias Prices = [String: Int]
let (low, high) = (1, 2)

/// What a customer means to buy.
/// With a second line.
@available(iOS 13, *)
public final class Basket<T: Item>: Shelf<T>, Priced where T: Comparable {
    private let items: [T]
    static let limit = 3
    lazy var size: Int = { items.count }()
    weak var owner: Person?

    var empty: Bool { items.isEmpty }
    var name: String {
        get { return _name }
        set { _name = newValue }
    }
    @Published var paid = false {
        didSet { print(oldValue) }
    }

    /** Makes one. */
    public init(items: [T], count: Int = 1) throws {
        self.items = items
        super.init()
    }

    convenience init?(_ text: String) { return nil }

    deinit { counter -= 1 }

    subscript(index: Int) -> T {
        return items[index]
    }

    // The whole price.
    @discardableResult
    override func total(of count: Int, _ more: T...) async throws -> Int {
        func rounded(_ value: Double) -> Int { Int(value.rounded()) }
        var sum = 0
        for item in items where item.price > Self.limit {
            sum += item.price * count
        }
        guard let first = items.first as? Big else { throw SoldOut.none }
        if case .cash(let coins) = first.payment, coins is Money {
            sum += try await coins.count()
        }
        let sorted = items.sorted { $0.price < $1.price }.map(\.price)
        switch first.size {
        case 1...3: print("größe \(sum)")
        default: break
        }
        do {
            try pay(with: Card<T>(number: 1))
        } catch let error as IllegalState {
            error.report()
        }
        return rounded(1.5) + sorted[0]
    }

    func convert<R: Number>(_ how: (T) -> R) -> R { fatalError() }
    static func + (left: Basket, right: T) -> Basket { left }

    struct Builder {
        var size = 0
    }
}

public protocol Priced: AnyObject, Named {
    associatedtype Currency: Hashable
    var price: Int { get }
    static var free: Bool { get set }
    func pay(with card: Card<Int>) throws
    init(price: Int)
}

/// How it is paid.
indirect enum Payment: String, CaseIterable {
    /// Coins.
    case cash = "c"
    case card(number: Int), check
    var code: Int { 1 }
}

struct Point: Hashable { let x, y: Int }

actor Counter { var value = 0 }

extension Basket: CustomStringConvertible where T: Printable {
    public var description: String { "ü" }
    func shown() -> String { description }
}

extension Int.Wrapper {
    var doubled: Int { 2 }
}

precedencegroup Power { higherThan: MultiplicationPrecedence }
infix operator **: Power

@resultBuilder struct Maker {}

#if DEBUG
func debugOnly() {}
#endif

func größter(_ list: [Int]) -> Int? { list.max() }
