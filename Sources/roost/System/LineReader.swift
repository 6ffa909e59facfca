import Glibc

/// Reads a file line by line; memory stays that of the longest line.
struct LineReader: ~Copyable {
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private let path: String
    private static let chunk = 1 << 20

    init(path: String) throws(FileSystem.Failure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileSystem.Failure(path: path, code: errno) }
    }

    deinit { close(descriptor) }

    /// The next line without its line feed; `nil` at the end.
    ///
    /// - Throws: ``FileSystem/Failure`` where the file can't be read on: what follows is not known to be nothing.
    mutating func next() throws(FileSystem.Failure) -> ArraySlice<UInt8>? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return buffer[start..<end]
            }
            searched = buffer.endIndex - start
            guard !isAtEnd else { break }
            try fill()
        }
        guard start < buffer.endIndex else { return nil }
        defer { start = buffer.endIndex }
        return buffer[start...]
    }

    /// Moves what is left to the front and reads more behind it.
    private mutating func fill() throws(FileSystem.Failure) {
        buffer.removeSubrange(..<start)
        start = 0
        let old = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.chunk))
        let count = buffer.withUnsafeMutableBytes { bytes in
            read(descriptor, bytes.baseAddress?.advanced(by: old), Self.chunk)
        }
        let code = count < 0 ? errno : 0
        buffer.removeLast(Self.chunk - max(0, count))
        guard code == 0 || code == EINTR else { throw FileSystem.Failure(path: path, code: code) }
        if count == 0 { isAtEnd = true }
    }
}
