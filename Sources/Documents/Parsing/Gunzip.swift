import CZlib

/// Decompresses gzip (RFC 1952), several members in a row included, within bounds.
///
/// A bomb is recognized while it unfolds: output is taken in pieces of 64 KiB and checked after each. One stream and
/// one piece serve all members, so that a file of a million empty members costs no more than its length.
struct Gunzip {
    let limits: DocumentLimits

    private static let pieceBytes = 64 << 10

    /// Below this much output the ratio says nothing.
    private static let ratioFloor = 1 << 20

    static func isCompressed(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    func callAsFunction(_ input: ArraySlice<UInt8>) throws(DocumentError) -> [UInt8] {
        var stream = z_stream()
        let gzipWindow: Int32 = 15 + 16
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, gzipWindow, ZLIB_VERSION, size) == Z_OK else {
            throw .toolFailed(tool: "zlib", reason: "no memory")
        }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
        var rest = input
        while true {
            let step = Self.step(&stream, rest, into: &piece)
            rest = rest.dropFirst(step.read)
            output.append(contentsOf: piece[..<step.written])
            try check(output.count, from: input.count)
            if step.status == Z_STREAM_END {
                // What follows the last member is padding, as gzip itself sees it.
                guard Self.isCompressed(rest), inflateReset(&stream) == Z_OK else { return output }
            } else if step.status != Z_OK || step.read + step.written == 0 {
                throw .malformed(format: "gzip", line: nil, reason: "the compressed data is damaged or cut off")
            }
        }
    }

    /// One call of `inflate`.
    ///
    /// The pointers are set anew each time, as an array's storage is only lent.
    private static func step(
        _ stream: inout z_stream,
        _ input: ArraySlice<UInt8>,
        into piece: inout [UInt8]
    ) -> (status: Int32, read: Int, written: Int) {
        input.withUnsafeBufferPointer { source in
            piece.withUnsafeMutableBufferPointer { target in
                // zlib declares its input mutable for old compilers' sake and only reads it.
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = UInt32(clamping: source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                let available = Int(stream.avail_in)
                let status = inflate(&stream, Z_NO_FLUSH)
                return (status, available - Int(stream.avail_in), target.count - Int(stream.avail_out))
            }
        }
    }

    private func check(_ count: Int, from compressed: Int) throws(DocumentError) {
        guard count <= limits.decompressedBytes else {
            throw .tooLarge(.decompressedBytes, value: count, limit: limits.decompressedBytes)
        }
        let ratio = count / max(compressed, 1)
        guard count < Self.ratioFloor || ratio <= limits.decompressionRatio else {
            throw .tooLarge(.decompressionRatio, value: ratio, limit: limits.decompressionRatio)
        }
    }
}
