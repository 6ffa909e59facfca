/// Made-up words as natural texts have them: few are common, most are rare.
struct Prose {
    private var generator: SeededGenerator
    private static let syllables = [
        "ka", "lo", "mi", "ter", "ran", "so", "ve", "pul", "den", "gar", "is", "on", "al", "tre",
    ]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func text(words: Int) -> String {
        (0..<words).map { _ in word() }.joined(separator: " ")
    }

    /// The square of a uniform number favours the short and the first.
    private mutating func word() -> String {
        let share = Double.random(in: 0..<1, using: &generator)
        var number = Int(share * share * 20_000)
        var text = ""
        repeat {
            text += Self.syllables[number % Self.syllables.count]
            number /= Self.syllables.count
        } while number > 0
        return text
    }
}
