/// Bytes of unknown encoding as text.
///
/// A byte order mark decides; without one, bytes that are valid UTF-8 are UTF-8, and all others are taken for
/// Windows-1252, the superset of Latin-1 that the web assumes too. The last is a guess and says so.
struct TextDecoding {
    let text: String
    let warning: String?

    /// Throws ``DocumentError/notText(name:reason:)`` if there is a NUL: no text has one, nearly every binary format
    /// and UTF-16 without a mark has.
    init(_ bytes: ArraySlice<UInt8>, name: String) throws(DocumentError) {
        if let utf16 = Self.utf16(bytes) {
            text = utf16
            warning = nil
        } else if let utf8 = String(validating: bytes.droppingUTF8Mark, as: UTF8.self) {
            text = utf8
            warning = nil
        } else {
            text = Self.windows1252(bytes)
            warning = "The text is neither UTF-8 nor marked as UTF-16; it was read as Latin-1."
        }
        guard !text.utf8.contains(0) else {
            throw .notText(name: name, reason: "it contains NUL bytes")
        }
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>) -> String? {
        let mark = Array(bytes.prefix(2))
        guard mark == [0xFF, 0xFE] || mark == [0xFE, 0xFF] else { return nil }
        let low = mark == [0xFF, 0xFE] ? 0 : 1
        let start = bytes.startIndex + 2
        let units = stride(from: start, to: bytes.endIndex - 1, by: 2).map { index in
            UInt16(bytes[index + low]) | UInt16(bytes[index + 1 - low]) << 8
        }
        return String(decoding: units, as: UTF16.self)
    }

    private static func windows1252(_ bytes: ArraySlice<UInt8>) -> String {
        var scalars = String.UnicodeScalarView()
        for byte in bytes {
            let value = (0x80..<0xA0).contains(byte) ? upperControls[Int(byte) - 0x80] : UInt16(byte)
            scalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
        }
        return String(scalars)
    }

    /// What Windows-1252 has where Latin-1 has control characters (WHATWG Encoding Standard, index windows-1252).
    private static let upperControls: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D, 0x017D, 0x008F,
        0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
    ]
}

extension ArraySlice<UInt8> {
    var droppingUTF8Mark: ArraySlice<UInt8> { starts(with: [0xEF, 0xBB, 0xBF]) ? dropFirst(3) : self }

    var hasUTF16Mark: Bool { starts(with: [0xFF, 0xFE]) || starts(with: [0xFE, 0xFF]) }
}
