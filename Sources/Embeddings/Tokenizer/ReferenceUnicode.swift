internal import CUtf8proc

/// What the reference tokenizer knows about a character.
///
/// The reference (Hugging Face's `tokenizers` 0.23) takes categories from Unicode 8, decompositions from Unicode 9 and
/// lower case from Unicode 17; the system library has some version from 14 on. Where they differ the reference wins: a
/// character that it doesn't know is a letter to it. So every scalar value gives the same word pieces, with any
/// version of the library; a test compares all 1,112,064 of them.
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
            return isYounger(scalar, than: 8) ? .text : .dropped
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
        switch scalar {
        case 0x1734: true
        // Something else in Unicode 8.
        case 0x1885, 0x1886, 0xA9BD, 0x111C9: false
        default: utf8proc_category(Int32(scalar)) == UTF8PROC_CATEGORY_MN && !isYounger(scalar, than: 8)
        }
    }

    /// Whether this is a word by itself.
    static func isPunctuation(_ scalar: UInt32) -> Bool {
        if scalar < 0x80 { return isASCIIPunctuation(UInt8(scalar)) }
        if scalar == 0x166D || scalar == 0x111C9 { return true }
        switch utf8proc_category(Int32(scalar)) {
        case UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PD, UTF8PROC_CATEGORY_PS, UTF8PROC_CATEGORY_PE,
            UTF8PROC_CATEGORY_PI, UTF8PROC_CATEGORY_PF, UTF8PROC_CATEGORY_PO:
            return !isYounger(scalar, than: 8)
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
        return known == 0 || isYounger(scalar, than: 9) ? 0 : known
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
        if isSyllable || isComposed && !isYounger(scalar, than: 9) {
            let length = utf8proc_decompose_char(
                Int32(scalar),
                scalars,
                longestDecomposition,
                UTF8PROC_DECOMPOSE,
                nil
            )
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

    /// Whether the scalar was assigned after a version of Unicode, or not at all.
    private static func isYounger(_ scalar: UInt32, than version: Int) -> Bool {
        if scalar < 0x600 { return false }
        guard let age = Unicode.Scalar(scalar)?.properties.age else { return true }
        return age.major > version
    }
}
