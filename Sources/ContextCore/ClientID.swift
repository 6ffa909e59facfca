/// An id that a client chose: a number or a string of JSON, given back as it came.
///
/// Two ids are the same when they are of the same kind and have the same bytes: `1` is neither `"1"` nor `1.0`, and two
/// spellings of one accented letter are two ids. (`String` itself would call them equal.)
package enum ClientID: Sendable {
    /// The digits as they were sent; as a `Double` a long number would come back as another one.
    case number(String)
    case string(String)

    /// The number's digits, or the string itself.
    package var text: String {
        switch self {
        case .number(let text), .string(let text): text
        }
    }

    package var isNumber: Bool {
        if case .number = self { true } else { false }
    }
}

extension ClientID: Hashable {
    package static func == (left: ClientID, right: ClientID) -> Bool {
        left.isNumber == right.isNumber && left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(isNumber)
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

/// Numbers by value, then strings by their scalars, which is the order of their bytes.
extension ClientID: Comparable {
    package static func < (left: ClientID, right: ClientID) -> Bool {
        switch (left, right) {
        case (.string(let left), .string(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.number(let left), .number(let right)): NumberText(left) < NumberText(right)
        default: left.isNumber
        }
    }
}

extension ClientID: CustomStringConvertible {
    package var description: String { text }
}

/// The digits of a number in an order by value.
///
/// A double tells most numbers apart. Whole numbers that share one are told apart by their digits, everything else (`1`
/// and `1.0`) by its text; so the order is total and only equal texts are equal.
private struct NumberText: Comparable {
    let text: String
    let value: Double
    let isWhole: Bool

    init(_ text: String) {
        self.text = text
        value = Double(text) ?? .infinity
        isWhole = text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
    }

    static func < (left: NumberText, right: NumberText) -> Bool {
        if left.value != right.value { return left.value < right.value }
        if left.isWhole != right.isWhole { return left.isWhole }
        return left.isWhole && left.value < 0 ? right.isShorter(than: left) : left.isShorter(than: right)
    }

    private func isShorter(than other: NumberText) -> Bool {
        let (own, others) = (text.utf8, other.text.utf8)
        return own.count == others.count ? own.lexicographicallyPrecedes(others) : own.count < others.count
    }
}
