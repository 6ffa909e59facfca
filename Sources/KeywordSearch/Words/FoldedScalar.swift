/// What a scalar means for the segmenter; the word scalars come last, so that ``isWord`` is one comparison.
enum ScalarCategory: UInt8, Sendable {
    /// Ends a word and whatever was joined to it.
    case separator
    /// `,`: a thousands separator inside a number, otherwise a separator.
    case comma
    /// `+` and `#`, which end names such as C++ and C#.
    case suffixSign
    /// Joins the parts of a name: `_`, `-`, `.`, a hyphen.
    case nameJoiner
    /// Joins names to a path: `/`, `\`, `:`, `@`.
    case pathJoiner
    case apostrophe
    /// Soft hyphens, joiners, accents, vowel points: dropped without ending a word.
    case ignorable
    /// A combining mark that spells something (an Indic or Thai vowel).
    case mark
    case lower
    case upper
    case digit
    case han
    case kana
    case hangul
    /// Thai, Lao, Khmer, Myanmar: alphabets written without spaces.
    case spaceless

    var isWord: Bool { rawValue >= ScalarCategory.lower.rawValue }
    var isUnit: Bool { rawValue >= ScalarCategory.han.rawValue }
}

/// A scalar after case, width and accents are folded away: up to four bytes of UTF-8, first byte lowest.
///
/// A fold to several letters (`ß` to `ss`, the ligature `ffi`) fits as well, since what unfolds that way is ASCII.
struct FoldedScalar: Sendable {
    let bytes: UInt32
    let count: UInt8
    let category: ScalarCategory

    static let separator = FoldedScalar(.separator)

    init(_ category: ScalarCategory) {
        self.init(category, bytes: 0, count: 0)
    }

    init(_ category: ScalarCategory, _ scalar: Unicode.Scalar) {
        self.category = category
        let value = scalar.value
        let tail = { (shift: UInt32) in 0x80 | value >> shift & 0x3F }
        switch value {
        case ..<0x80: (bytes, count) = (value, 1)
        case ..<0x800: (bytes, count) = (0xC0 | value >> 6 | tail(0) << 8, 2)
        case ..<0x10000: (bytes, count) = (0xE0 | value >> 12 | tail(6) << 8 | tail(0) << 16, 3)
        default: (bytes, count) = (0xF0 | value >> 18 | tail(12) << 8 | tail(6) << 16 | tail(0) << 24, 4)
        }
    }

    /// `utf8` has at most four bytes.
    init(_ category: ScalarCategory, utf8: some Collection<UInt8>) {
        self.category = category
        bytes = utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        count = UInt8(utf8.count)
    }

    private init(_ category: ScalarCategory, bytes: UInt32, count: UInt8) {
        (self.category, self.bytes, self.count) = (category, bytes, count)
    }

    /// The same spelling in another category.
    func `as`(_ category: ScalarCategory) -> FoldedScalar {
        FoldedScalar(category, bytes: bytes, count: count)
    }

    /// A letter or digit that English words and identifiers are made of.
    var isASCII: Bool { bytes & 0x8080_8080 == 0 }
}
