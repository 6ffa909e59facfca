internal import FoundationEssentials

/// What the header of a safetensors file says, after it has been checked against the file.
struct SafetensorsHeader {
    struct Tensor: Equatable {
        var type: String
        var shape: [Int]

        /// Bytes from the start of the data.
        var range: Range<Int>
    }

    let tensors: [String: Tensor]

    /// Where the data begins in the file.
    let dataOffset: Int

    init(reading file: UnsafeRawBufferPointer, limits: SafetensorsLimits) throws(SafetensorsError) {
        guard file.count >= 8 else { throw .truncated }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(limits.headerBytes) else { throw .headerTooLong(length, limit: limits.headerBytes) }
        guard Int(length) <= file.count - 8 else { throw .truncated }
        dataOffset = 8 + Int(length)
        let entries = try Self.decode(Data(file[8..<dataOffset]))
        guard entries.count <= limits.tensors else { throw .tooManyTensors(entries.count, limit: limits.tensors) }
        tensors = try Self.check(entries, dataLength: file.count - dataOffset)
    }

    private static func decode(_ json: Data) throws(SafetensorsError) -> [String: Entry] {
        do {
            return try JSONDecoder().decode(Entries.self, from: json).tensors
        } catch {
            throw .malformedHeader
        }
    }

    private static func check(_ entries: [String: Entry], dataLength: Int) throws(SafetensorsError) -> [String: Tensor]
    {
        var tensors: [String: Tensor] = [:]
        for (name, entry) in entries { tensors[name] = try tensor(name, entry, dataLength: dataLength) }
        var end = 0
        for (name, tensor) in tensors.sorted(by: { order($0.value.range, $1.value.range) }) {
            guard tensor.range.lowerBound >= end else { throw .overlapping(name) }
            end = tensor.range.upperBound
        }
        return tensors
    }

    private static func order(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        (a.lowerBound, a.upperBound) < (b.lowerBound, b.upperBound)
    }

    private static func tensor(_ name: String, _ entry: Entry, dataLength: Int) throws(SafetensorsError) -> Tensor {
        guard let bits = bitWidths[entry.dtype] else { throw .unknownType(name, type: entry.dtype) }
        guard entry.dataOffsets.count == 2, let start = entry.dataOffsets.first, let end = entry.dataOffsets.last,
            0 <= start, start <= end, end <= dataLength
        else { throw .outOfBounds(name) }
        guard byteCount(of: entry.shape, bits: bits) == end - start else { throw .wrongLength(name) }
        return Tensor(type: entry.dtype, shape: entry.shape, range: start..<end)
    }

    /// `nil` for a negative dimension, an overflow or a fraction of a byte.
    private static func byteCount(of shape: [Int], bits: Int) -> Int? {
        var total = bits
        for dimension in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { return nil }
            total = product
        }
        return total % 8 == 0 ? total / 8 : nil
    }

    private static let bitWidths = [
        "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
        "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64,
    ]

    private struct Entry: Decodable {
        var dtype: String
        var shape: [Int]
        var dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    /// The header's object: any key is a tensor's name, except the one for metadata.
    private struct Entries: Decodable {
        var tensors: [String: Entry] = [:]

        struct Name: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Name.self)
            for name in container.allKeys where name.stringValue != "__metadata__" {
                tensors[name.stringValue] = try container.decode(Entry.self, forKey: name)
            }
        }
    }
}

package struct SafetensorsLimits: Sendable {
    /// The reference's own limit is 100 MB; real headers have some kilobytes.
    package var headerBytes = 8 << 20
    package var tensors = 100_000

    package init() {}
}

package enum SafetensorsError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, errno: Int32)
    case truncated
    case headerTooLong(UInt64, limit: Int)
    case malformedHeader
    case tooManyTensors(Int, limit: Int)
    case unknownType(String, type: String)
    case outOfBounds(String)
    case wrongLength(String)
    case overlapping(String)
    case misaligned(String)
    case missingTensor(String)
    case unexpectedTensor(String, type: String, shape: [Int], expected: [Int])

    package var description: String {
        switch self {
        case .unreadable(let path, let errno): "the model file \(path) cannot be read (errno \(errno))"
        case .truncated: "the model file ends too early"
        case .headerTooLong(let length, let limit): "the model file's header has \(length) bytes; the limit is \(limit)"
        case .malformedHeader: "the model file's header is not the JSON object that it should be"
        case .tooManyTensors(let count, let limit): "the model file has \(count) tensors; the limit is \(limit)"
        case .unknownType(let name, let type): "the tensor \(name) has the unknown type \(type)"
        case .outOfBounds(let name): "the tensor \(name) does not lie inside the model file"
        case .wrongLength(let name): "the tensor \(name) is not as long as its shape says"
        case .overlapping(let name): "the tensor \(name) overlaps another one"
        case .misaligned(let name): "the tensor \(name) does not begin at a multiple of four bytes"
        case .missingTensor(let name): "the model file has no tensor \(name)"
        case .unexpectedTensor(let name, let type, let shape, let expected):
            "the tensor \(name) is \(type) \(shape), not F32 \(expected)"
        }
    }
}
