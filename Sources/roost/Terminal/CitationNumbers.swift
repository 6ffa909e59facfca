/// Counts an answer's citations by their first use, in a text that comes in pieces.
///
/// A prompt numbers its passages by rank; who reads only the answer wants `[1]`, `[2]`, … in the order of reading. What
/// may become a number is held back until its bracket closes. Brackets with anything but known numbers stay as they are.
struct CitationNumbers {
    /// What the prompt calls them, in the order of their first use.
    private(set) var order: [Int] = []
    private let known: Range<Int>

    /// From an open bracket on.
    private var held = ""

    /// Longer brackets hold no list of numbers.
    private static let longest = 64

    /// - Parameter passages: how many the prompt has.
    init(passages: Int) {
        known = 1..<max(0, passages) + 1
    }

    /// What can be shown now.
    mutating func receive(_ piece: String) -> String {
        var shown = ""
        for character in piece {
            if character == "[" {
                shown += held
                held = "["
            } else if held.isEmpty {
                shown.append(character)
            } else {
                held.append(character)
                if character == "]" { shown += close() }
                if held.count > Self.longest || !Self.canBeInside(character) { shown += release() }
            }
        }
        return shown
    }

    /// What was held back for nothing.
    mutating func release() -> String {
        defer { held = "" }
        return held
    }

    private static func canBeInside(_ character: Character) -> Bool {
        ("0"..."9").contains(character) || character == "," || character == " "
    }

    private mutating func close() -> String {
        let text = release()
        let words = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
        let numbers = words.map { Int($0.filter { $0 != " " }) ?? 0 }
        guard numbers.allSatisfy(known.contains) else { return text }
        return "[" + numbers.map { "\(place(of: $0))" }.joined(separator: ", ") + "]"
    }

    private mutating func place(of number: Int) -> Int {
        if let place = order.firstIndex(of: number) { return place + 1 }
        order.append(number)
        return order.count
    }
}
