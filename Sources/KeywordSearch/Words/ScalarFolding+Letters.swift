/// The data behind ``ScalarFolding``: which letters lose their accents, and to what.
extension ScalarFolding {
    /// Marks that vary a letter without spelling: European accents, Hebrew points, Arabic vowel signs and the tatweel.
    static let accents: [ClosedRange<UInt32>] = [
        0x0300...0x036F, 0x0591...0x05C7, 0x0640...0x0640, 0x064B...0x065F, 0x0670...0x0670, 0x1AB0...0x1AFF,
        0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE00...0xFE0F, 0xFE20...0xFE2F,
    ]

    /// Thai and Lao; Myanmar; Khmer.
    static let spacelessBlocks: [ClosedRange<UInt32>] = [0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF]

    /// Folds that no name tells: ligatures, letters that are two, compatibility signs, and decomposable Cyrillic letters.
    static let exceptions: [Unicode.Scalar: FoldedScalar] = {
        let letters: [(Unicode.Scalar, String)] = [
            ("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("þ", "th"), ("ð", "d"), ("ı", "i"), ("ĳ", "ij"), ("ŉ", "n"),
            ("ſ", "s"), ("µ", "μ"), ("ς", "σ"), ("й", "и"), ("ё", "е"), ("ї", "і"), ("ѓ", "г"), ("ќ", "к"), ("ў", "у"),
            ("ﬀ", "ff"), ("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬃ", "ffi"), ("ﬄ", "ffl"), ("ﬅ", "st"), ("ﬆ", "st"),
            ("ª", "a"), ("º", "o"),
        ]
        var folds = Dictionary(uniqueKeysWithValues: letters.map { ($0, FoldedScalar(.lower, utf8: $1.utf8)) })
        folds["\u{2019}"] = FoldedScalar(.apostrophe, "'")
        folds["\u{2010}"] = FoldedScalar(.nameJoiner, "-")
        folds["\u{2011}"] = FoldedScalar(.nameJoiner, "-")
        folds["\u{FF0D}"] = FoldedScalar(.nameJoiner, "-")
        return folds
    }()

    /// U+FF66…U+FF9D in full width.
    static let halfWidthKana = Array(
        "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン".unicodeScalars
    )

    /// The letters that decorated ones are made of, by name: Latin, Greek, Cyrillic, Arabic.
    ///
    /// Looking up a name takes microseconds, hence no whole blocks.
    static func baseLetters() -> [String: Unicode.Scalar] {
        let ranges: [ClosedRange<UInt32>] = [
            0x61...0x7A, 0x03B1...0x03C9, 0x0430...0x0456, 0x04D9...0x04E9, 0x0627...0x064A,
        ]
        var letters: [String: Unicode.Scalar] = [:]
        for scalar in ranges.joined().compactMap(Unicode.Scalar.init) {
            if let name = scalar.properties.name { letters[name] = scalar }
        }
        return letters
    }

    /// The folded spelling of a lower-case letter.
    static func base(of letter: Unicode.Scalar, among bases: [String: Unicode.Scalar]) -> FoldedScalar {
        let unchanged = FoldedScalar(.lower, letter)
        guard isDecorated(letter.value), let name = letter.properties.name, let baseName = undecorated(name) else {
            return unchanged
        }
        if baseName.hasSuffix(" AE") { return FoldedScalar(.lower, utf8: "ae".utf8) }
        guard let base = bases[baseName] else { return unchanged }
        return exceptions[base] ?? FoldedScalar(.lower, base)
    }

    /// What stands before " WITH " in a character's name; `nil` without it.
    private static func undecorated(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        let with = Array(" WITH ".utf8)
        let cut = bytes.indices.dropLast(with.count).first { bytes[$0...].starts(with: with) }
        return cut.map { String(decoding: bytes[..<$0], as: UTF8.self) }
    }

    /// Whether the name's "WITH" is an accent: in Cyrillic and Arabic it often makes another letter (қ, ڭ).
    private static func isDecorated(_ value: UInt32) -> Bool {
        switch value {
        case 0xC0...0x3FF, 0x1E00...0x1FFF, 0x2C60...0x2C7F: true
        case 0x0400, 0x0450, 0x040D, 0x045D, 0x0476...0x0477, 0x04C1...0x04C2, 0x04D0...0x04D3, 0x04D6...0x04D7: true
        case 0x04DA...0x04DF, 0x04E2...0x04E7, 0x04EA...0x04F5, 0x04F8...0x04F9, 0x0622...0x0626: true
        default: false
        }
    }
}
