/// Case, width and accent folding with the category of every scalar.
///
/// Derived from the Unicode properties that Swift carries, so that it follows their version. The letters of the Latin,
/// Greek, Cyrillic and Arabic blocks lose what follows "WITH" in their *name*: LATIN SMALL LETTER O WITH STROKE becomes
/// LATIN SMALL LETTER O. That is the canonical decomposition without its marks, and it also covers ø, ł and đ, which have
/// none. What a name can't say is in ``exceptions``. Marks that a decomposed text spells accents with are dropped, hence
/// both normal forms of a European text give the same words. (Decomposed Hangul and voiced kana stay decomposed.)
///
/// ASCII has its own table, since most text needs no other. The blocks up to U+2FFF are a table of 96 KiB that the first
/// foreign letter fills in a few milliseconds; Han, kana and Hangul are ranges; the rest asks the properties each time.
enum ScalarFolding {
    static let ascii: [FoldedScalar] = (0..<128).map { byte in
        let scalar = Unicode.Scalar(UInt8(byte))
        return switch scalar {
        case "a"..."z": FoldedScalar(.lower, scalar)
        case "A"..."Z": FoldedScalar(.upper, Unicode.Scalar(UInt8(byte) | 0x20))
        case "0"..."9": FoldedScalar(.digit, scalar)
        case "_", "-", ".": FoldedScalar(.nameJoiner, scalar)
        case "/", "\\", ":", "@": FoldedScalar(.pathJoiner, scalar)
        case "'": FoldedScalar(.apostrophe, scalar)
        case ",": FoldedScalar(.comma, scalar)
        case "+", "#": FoldedScalar(.suffixSign, scalar)
        default: .separator
        }
    }

    private static let tableEnd: UInt32 = 0x3000
    private static let table: [FoldedScalar] = {
        let bases = baseLetters()
        return (0..<tableEnd).map { value in
            guard value >= 0x80, let scalar = Unicode.Scalar(value) else { return ascii[Int(min(value, 127))] }
            return exceptions[scalar] ?? folded(scalar, bases: bases)
        }
    }()

    static func fold(_ value: UInt32) -> FoldedScalar {
        if value < 0x80 { return ascii[Int(value)] }
        if value < tableEnd { return table[Int(value)] }
        guard let scalar = Unicode.Scalar(value) else { return .separator }
        switch value {
        case 0x3005...0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFD:
            return FoldedScalar(.han, scalar)
        case 0x30FB: return .separator
        case 0x3099...0x309A: return FoldedScalar(.mark, scalar)
        case 0x3031...0x3035, 0x3041...0x30FF, 0x3105...0x312F, 0x31F0...0x31FF: return FoldedScalar(.kana, scalar)
        case 0xFF66...0xFF9D: return FoldedScalar(.kana, halfWidthKana[Int(value - 0xFF66)])
        case 0xAC00...0xD7A3: return FoldedScalar(.hangul, scalar)
        case 0xFF01...0xFF5E: return ascii[Int(value - 0xFEE0)]
        case 0x1D400...0x1D6A3: return FoldedScalar(.lower, utf8: [UInt8(0x61 + (value - 0x1D400) % 26)])
        default: return exceptions[scalar] ?? folded(scalar, bases: [:])
        }
    }

    private static func folded(_ scalar: Unicode.Scalar, bases: [String: Unicode.Scalar]) -> FoldedScalar {
        let properties = scalar.properties
        let category = category(of: scalar, properties)
        switch category {
        case .digit:
            return FoldedScalar(.digit, utf8: [0x30 + UInt8(clamping: Int(properties.numericValue ?? 0))])
        case .lower, .upper:
            let lowered = properties.lowercaseMapping.unicodeScalars.first ?? scalar
            return (exceptions[lowered] ?? base(of: lowered, among: bases)).as(category)
        case .mark, .spaceless, .hangul:
            return FoldedScalar(category, scalar)
        default:
            return FoldedScalar(category)
        }
    }

    private static func category(
        of scalar: Unicode.Scalar,
        _ properties: Unicode.Scalar.Properties
    ) -> ScalarCategory {
        if accents.contains(where: { $0.contains(scalar.value) }) { return .ignorable }
        switch properties.numericType {
        case .decimal, .digit: return .digit
        default: break
        }
        let isSpaceless = spacelessBlocks.contains { $0.contains(scalar.value) }
        switch properties.generalCategory {
        case .uppercaseLetter, .titlecaseLetter: return .upper
        case .lowercaseLetter, .modifierLetter, .otherLetter, .letterNumber: return isSpaceless ? .spaceless : .lower
        case .nonspacingMark, .spacingMark: return .mark
        case .format, .enclosingMark: return .ignorable
        case .connectorPunctuation: return .nameJoiner
        default: return .separator
        }
    }
}
