internal import CCrypto
internal import Glibc

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    package static let byteCount = 32

    /// 32 bytes.
    ///
    /// Bytes that lie in one piece are not copied.
    package static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.withContiguousStorageIfAvailable(hash) ?? Array(bytes).withUnsafeBufferPointer(hash)
    }

    /// Of a regular file, or `nil` when it can't be read.
    ///
    /// Its pages don't stay in the process.
    package static func hash(contentsOf path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let length = Int(status.st_size)
        guard length > 0 else { return hash([]) }
        guard let mapping = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
            return nil
        }
        defer { munmap(mapping, length) }
        return hash(UnsafeRawBufferPointer(start: mapping, count: length))
    }

    /// Of the text's UTF-8 bytes, as 64 lowercase digits.
    package static func hexadecimal(of text: String) -> String {
        hexadecimal(hash(text.utf8))
    }

    package static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { digest, count in
            _ = CCrypto.SHA256(bytes.baseAddress, bytes.count, digest.baseAddress)
            count = byteCount
        }
    }
}
