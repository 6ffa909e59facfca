/// Binary formats that people do upload, known by their first bytes, so that the refusal can say what it was.
enum BinarySignature {
    static func kind(of bytes: ArraySlice<UInt8>) -> String? {
        table.first { bytes.starts(with: $0.bytes) }?.kind
    }

    private static let table: [(bytes: [UInt8], kind: String)] = [
        (Array("PK\u{3}\u{4}".utf8), "a ZIP archive or an Office document"),
        ([0xD0, 0xCF, 0x11, 0xE0], "an old Office document"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG image"),
        ([0xFF, 0xD8, 0xFF], "a JPEG image"),
        (Array("GIF8".utf8), "a GIF image"),
        ([0x7F, 0x45, 0x4C, 0x46], "an executable"),
        (Array("SQLite format 3".utf8), "a SQLite database"),
        ([0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "compressed with xz"),
        (Array("BZh".utf8), "compressed with bzip2"),
        (Array("7z\u{BC}".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }), "a 7-Zip archive"),
    ]
}
