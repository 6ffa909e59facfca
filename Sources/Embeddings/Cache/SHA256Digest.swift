internal import CCrypto

#if canImport(Glibc)
    internal import Glibc
#endif

/// The SHA-256 hash of some bytes (FIPS 180-4).
package struct SHA256Digest: Sendable, Hashable, CustomStringConvertible {
    package static let byteCount = 32

    package let bytes: [UInt8]

    package init(of data: UnsafeRawBufferPointer) {
        bytes = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            CCrypto.SHA256(data.bindMemory(to: UInt8.self).baseAddress, data.count, buffer.baseAddress)
            count = Self.byteCount
        }
    }

    /// A digest that was computed before.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(of text: String) {
        var text = text
        self = text.withUTF8 { Self(of: UnsafeRawBufferPointer($0)) }
    }

    /// Hashes a file, or `nil` when it can't be read.
    ///
    /// Its pages don't stay in the process.
    package init?(contentsOf path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let length = Int(status.st_size)
        guard length > 0 else { self = Self(of: UnsafeRawBufferPointer(start: nil, count: 0)); return }
        guard let mapping = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
            return nil
        }
        defer { munmap(mapping, length) }
        self.init(of: UnsafeRawBufferPointer(start: mapping, count: length))
    }

    /// Lower-case hexadecimal.
    package var description: String {
        bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }

    static func canRead(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
