internal import CUtf8proc

/// What the reference tokenizer knows about a character.
///
/// The reference (Hugging Face's `tokenizers` 0.23) takes categories from Unicode 8, decompositions from Unicode 9 and
/// lower case from Unicode 17; the system library has Unicode 14. Where they differ the reference wins, so that
/// every scalar value gives the same word pieces. A test compares all 1,112,064 of them.
enum ReferenceUnicode {
    /// What the tokenizer does with a scalar.
    enum Role {
        /// Not part of the text: a control, a format character or for private use.
        case dropped
        case space
        /// A Chinese character in the reference's (old and slightly wrong) ranges: a word by itself.
        case ideograph
        case text
    }

    static func role(of scalar: UInt32) -> Role {
        switch utf8proc_category(Int32(scalar)) {
        case UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CO:
            return scalar == 9 || scalar == 10 || scalar == 13 ? .space : .dropped
        case UTF8PROC_CATEGORY_CF:
            return isUnknown(scalar) ? .text : .dropped
        case UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_ZL, UTF8PROC_CATEGORY_ZP:
            return .space
        case UTF8PROC_CATEGORY_LO, UTF8PROC_CATEGORY_CN:
            return isIdeograph(scalar) ? .ideograph : .text
        default:
            return scalar == 0xFFFD ? .dropped : .text
        }
    }

    /// Whether accents are what this is: a nonspacing mark.
    static func isAccent(_ scalar: UInt32) -> Bool {
        if scalar == 0x1734 { return true }
        return utf8proc_category(Int32(scalar)) == UTF8PROC_CATEGORY_MN && scalar != 0x111C9 && !isUnknown(scalar)
    }

    /// Whether this is a word by itself.
    static func isPunctuation(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return isASCIIPunctuation(UInt8(scalar)) }
        if scalar == 0x166D || scalar == 0x111C9 { return true }
        switch utf8proc_category(Int32(scalar)) {
        case UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PD, UTF8PROC_CATEGORY_PS, UTF8PROC_CATEGORY_PE,
            UTF8PROC_CATEGORY_PI, UTF8PROC_CATEGORY_PF, UTF8PROC_CATEGORY_PO:
            return !isUnknown(scalar)
        default:
            return false
        }
    }

    static func isASCIIPunctuation(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    /// The class by which canonical ordering sorts combining marks; zero does not move.
    static func combiningClass(of scalar: UInt32) -> Int {
        let known = Int(utf8proc_get_property(Int32(scalar)).pointee.combining_class)
        return known == 0 || isUnknown(scalar) ? 0 : known
    }

    static func lowercase(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0x1C89, 0xA7CC, 0xA7CE, 0xA7D2, 0xA7D4, 0xA7DA: scalar + 1
        case 0xA7CB: 0x264
        case 0xA7DC: 0x19B
        case 0x10D50...0x10D65: scalar + 0x20
        case 0x16EA0...0x16EB8: scalar + 0x1B
        default: UInt32(utf8proc_tolower(Int32(scalar)))
        }
    }

    /// The longest canonical decomposition of one scalar.
    static let longestDecomposition = 4

    /// Writes the full canonical decomposition and returns its length; `scalars` has room for the longest.
    @inline(__always)
    static func decompose(_ scalar: UInt32, into scalars: UnsafeMutablePointer<Int32>) -> Int {
        let isSyllable = (0xAC00...0xD7A3).contains(scalar)
        let isComposed = utf8proc_get_property(Int32(scalar)).pointee.decomp_seqindex != UInt16.max
        if isSyllable || isComposed, scalar != 0x11938 {
            let length = utf8proc_decompose_char(
                Int32(scalar), scalars, longestDecomposition, UTF8PROC_DECOMPOSE, nil)
            if (1...longestDecomposition).contains(length) { return length }
        }
        scalars[0] = Int32(scalar)
        return 1
    }

    private static func isIdeograph(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F,
            0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }

    /// Whether the reference takes this mark, format character or punctuation for an unassigned scalar, and so for
    /// a letter.
    private static func isUnknown(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = unknown.count
        while low < high {
            let middle = (low + high) / 2
            if unknown[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
        }
        return low < unknown.count && unknown[low].contains(scalar)
    }

    /// Marks, format characters and punctuation that were assigned after Unicode 8.
    private static let unknown: [ClosedRange<UInt32>] = [
        0x61D...0x61D, 0x7FD...0x7FD, 0x890...0x891, 0x898...0x89F, 0x8CA...0x8E2, 0x9FD...0x9FE, 0xA76...0xA76,
        0xAFA...0xAFF, 0xB55...0xB55, 0xC04...0xC04, 0xC3C...0xC3C, 0xC77...0xC77, 0xC84...0xC84, 0xD00...0xD00,
        0xD3B...0xD3C, 0xD81...0xD81, 0xEBA...0xEBA, 0x180F...0x180F, 0x1885...0x1886, 0x1ABF...0x1ACE,
        0x1B7D...0x1B7E, 0x1DF6...0x1DFB, 0x2E43...0x2E4F, 0x2E52...0x2E5D, 0xA82C...0xA82C, 0xA8C5...0xA8C5,
        0xA8FF...0xA8FF, 0xA9BD...0xA9BD, 0x10D24...0x10D27, 0x10EAB...0x10EAD, 0x10F46...0x10F50, 0x10F55...0x10F59,
        0x10F82...0x10F89, 0x11070...0x11070, 0x11073...0x11074, 0x110C2...0x110C2, 0x110CD...0x110CD,
        0x111CF...0x111CF, 0x1123E...0x1123E, 0x1133B...0x1133B, 0x11438...0x1143F, 0x11442...0x11444,
        0x11446...0x11446, 0x1144B...0x1144F, 0x1145A...0x1145B, 0x1145D...0x1145E, 0x11660...0x1166C,
        0x116B9...0x116B9, 0x1182F...0x11837, 0x11839...0x1183B, 0x1193B...0x1193C, 0x1193E...0x1193E,
        0x11943...0x11946, 0x119D4...0x119D7, 0x119DA...0x119DB, 0x119E0...0x119E0, 0x119E2...0x119E2,
        0x11A01...0x11A0A, 0x11A33...0x11A38, 0x11A3B...0x11A47, 0x11A51...0x11A56, 0x11A59...0x11A5B,
        0x11A8A...0x11A96, 0x11A98...0x11A9C, 0x11A9E...0x11AA2, 0x11C30...0x11C36, 0x11C38...0x11C3D,
        0x11C3F...0x11C3F, 0x11C41...0x11C45, 0x11C70...0x11C71, 0x11C92...0x11CA7, 0x11CAA...0x11CB0,
        0x11CB2...0x11CB3, 0x11CB5...0x11CB6, 0x11D31...0x11D36, 0x11D3A...0x11D3A, 0x11D3C...0x11D3D,
        0x11D3F...0x11D45, 0x11D47...0x11D47, 0x11D90...0x11D91, 0x11D95...0x11D95, 0x11D97...0x11D97,
        0x11EF3...0x11EF4, 0x11EF7...0x11EF8, 0x11FFF...0x11FFF, 0x12FF1...0x12FF2, 0x13430...0x13438,
        0x16E97...0x16E9A, 0x16F4F...0x16F4F, 0x16FE2...0x16FE2, 0x16FE4...0x16FE4, 0x1CF00...0x1CF2D,
        0x1CF30...0x1CF46, 0x1E000...0x1E006, 0x1E008...0x1E018, 0x1E01B...0x1E021, 0x1E023...0x1E024,
        0x1E026...0x1E02A, 0x1E130...0x1E136, 0x1E2AE...0x1E2AE, 0x1E2EC...0x1E2EF, 0x1E944...0x1E94A,
        0x1E95E...0x1E95F,
    ]
}
