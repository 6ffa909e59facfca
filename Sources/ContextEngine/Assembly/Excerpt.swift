/// Shortens text so that the reader sees where.
///
/// Lengths count characters, as readers do. To find their borders takes tens of nanoseconds each, and a pack shortens
/// dozens of passages to find the few that fit; so as long as a text is ASCII, its bytes are taken for the characters
/// that they are.
enum Excerpt {
    /// What stands where text was left out.
    static let mark = " […]"

    /// `text` on one line, cut after a sentence, else after a word, when it is longer than `characters`.
    ///
    /// Reads no further than it must.
    static func leading(_ text: String, characters: Int) -> String {
        if let line = Line(text.utf8, limit: characters) {
            return String(decoding: line.units, as: UTF8.self) + (line.isCut ? mark : "")
        }
        let line = Line(text, limit: characters)
        return String(line?.units ?? []) + (line?.isCut == true ? mark : "")
    }

    /// What is left of a text.
    private struct Line<Unit: ExcerptUnit> {
        private(set) var units: [Unit] = []
        private(set) var isCut = false

        /// `nil` when a unit before the cut, or the one behind it, is no character of its own.
        init?(_ text: some Sequence<Unit>, limit: Int) {
            var endsWord = false
            for unit in text {
                guard unit.isCharacter else { return nil }
                guard !unit.isBlank else {
                    endsWord = !units.isEmpty
                    continue
                }
                guard units.count + (endsWord ? 2 : 1) <= limit else {
                    cut(beforeSpace: endsWord, hasRoom: units.count < limit)
                    return
                }
                if endsWord { units.append(.space) }
                units.append(unit)
                endsWord = false
            }
        }

        /// At a sentence's end in the second half, so that a cut never costs more than half of what fits; else at a word's.
        ///
        /// - Parameter beforeSpace: whether white space follows in the whole text, for which there may be room.
        private mutating func cut(beforeSpace: Bool, hasRoom: Bool) {
            isCut = true
            if beforeSpace, hasRoom { units.append(.space) }
            let half = units[(units.count / 2)...]
            if let sentence = half.lastIndex(where: \.isStop), endsSentence(at: sentence, beforeSpace: beforeSpace) {
                units.removeSubrange((sentence + 1)...)
            } else if let space = half.lastIndex(of: .space) {
                units.removeSubrange(space...)
            }
        }

        /// A full stop inside a number or a name ends no sentence, also where the cut parts the two.
        private func endsSentence(at index: Int, beforeSpace: Bool) -> Bool {
            guard units[index].isLatinStop else { return true }
            return index + 1 == units.count ? beforeSpace : units[index + 1] == .space
        }
    }
}

/// What a text is read by: its characters, or its bytes while they are characters.
private protocol ExcerptUnit: Equatable {
    static var space: Self { get }

    /// Whether it stands for one character.
    var isCharacter: Bool { get }
    var isBlank: Bool { get }

    /// Whether it ends a sentence if it is not ``isLatinStop``, else if space follows.
    var isStop: Bool { get }
    var isLatinStop: Bool { get }
}

extension UInt8: ExcerptUnit {
    fileprivate static var space: UInt8 { 0x20 }
    fileprivate var isCharacter: Bool { self < 0x80 }
    fileprivate var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    fileprivate var isStop: Bool { isLatinStop }
    fileprivate var isLatinStop: Bool {
        self == UInt8(ascii: ".") || self == UInt8(ascii: "!") || self == UInt8(ascii: "?")
    }
}

extension Character: ExcerptUnit {
    fileprivate static var space: Character { " " }
    fileprivate var isCharacter: Bool { true }

    /// White space, as ``isWhitespace``; nearly all characters are ASCII, which needs no table.
    fileprivate var isBlank: Bool { asciiValue?.isBlank ?? isWhitespace }
    fileprivate var isStop: Bool { isLatinStop || "。！？".contains(self) }
    fileprivate var isLatinStop: Bool { ".!?".contains(self) }
}
