/// Decoding of one scalar from bytes that may be anything.
enum UTF8Decoding {
    /// The scalar that starts at `index` with its width in bytes; U+FFFD of width 1 where no scalar starts.
    ///
    /// Overlong forms, surrogates and values past U+10FFFF are no scalars (RFC 3629).
    static func scalar(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> (value: UInt32, width: Int) {
        let lead = text[index]
        let width: Int
        var value: UInt32
        switch lead {
        case 0x00...0x7F: return (UInt32(lead), 1)
        case 0xC2...0xDF: (width, value) = (2, UInt32(lead & 0x1F))
        case 0xE0...0xEF: (width, value) = (3, UInt32(lead & 0x0F))
        case 0xF0...0xF4: (width, value) = (4, UInt32(lead & 0x07))
        default: return (0xFFFD, 1)
        }
        guard index + width <= text.count else { return (0xFFFD, 1) }
        for offset in 1..<width {
            let byte = text[index + offset]
            guard byte & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let smallest: UInt32 = width == 4 ? 0x10000 : width == 3 ? 0x800 : 0x80
        guard value >= smallest, Unicode.Scalar(value) != nil else { return (0xFFFD, 1) }
        return (value, width)
    }
}
