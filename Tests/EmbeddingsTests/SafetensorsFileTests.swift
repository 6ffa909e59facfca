import FoundationEssentials
import TestSupport
import Testing

@testable import Embeddings

@Suite struct SafetensorsFileTests {
    @Test func `tensors are read in place`() throws {
        let json =
            #"{"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[4,20]},"#
            + #""b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#
        let file = try open(header: json, data: [1, 2, 3, 4] + floats(1, 2, 3, 4))
        #expect(file.names == ["b", "w"])
        #expect(Array(try file.floats("w", shape: [2, 2])) == [1, 2, 3, 4])
        #expect(throws: SafetensorsError.missingTensor("x")) { try file.floats("x", shape: []) }
        #expect(throws: SafetensorsError.unexpectedTensor("w", type: "F32", shape: [2, 2], expected: [4])) {
            try file.floats("w", shape: [4])
        }
    }

    @Test(arguments: [
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}}"#, SafetensorsError.outOfBounds("w")),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#, .outOfBounds("w")),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#, .outOfBounds("w")),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4]}}"#, .outOfBounds("w")),
        (#"{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, .wrongLength("w")),
        (#"{"w":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#, .wrongLength("w")),
        (#"{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, .wrongLength("w")),
        (#"{"w":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}"#, .unknownType("w", type: "F33")),
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]"#, .malformedHeader),
        (#"[]"#, .malformedHeader),
        ("", .malformedHeader),
        (#"{"w":{"shape":[2],"data_offsets":[0,8]}}"#, .malformedHeader),
        (#"{"w":{"dtype":"F32","shape":[0.5],"data_offsets":[0,8]}}"#, .malformedHeader),
    ])
    func `a header that is wrong is refused for the right reason`(header: String, error: SafetensorsError) {
        #expect(throws: error) { try open(header: header, data: floats(1, 2)) }
    }

    @Test func `overlapping and misaligned tensors are refused`() throws {
        let overlap =
            #"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#
        #expect(throws: SafetensorsError.overlapping("b")) { try open(header: overlap, data: floats(1, 2)) }
        let odd = #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}} "#
        let file = try open(header: odd + String(repeating: " ", count: 8 - odd.utf8.count % 8), data: floats(1, 2))
        #expect(throws: SafetensorsError.misaligned("w")) { try file.floats("w", shape: [1]) }
    }

    @Test func `limits hold, and files that are none are refused`() throws {
        var limits = SafetensorsLimits()
        limits.headerBytes = 4
        #expect(throws: SafetensorsError.headerTooLong(5, limit: 4)) { try open(header: "{}   ", data: [], limits) }
        limits = SafetensorsLimits()
        limits.tensors = 0
        let one = #"{"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#
        #expect(throws: SafetensorsError.tooManyTensors(1, limit: 0)) { try open(header: one, data: [], limits) }
        #expect(throws: SafetensorsError.truncated) { try openFile([1, 2, 3]) }
        #expect(throws: SafetensorsError.truncated) { try openFile([200, 0, 0, 0, 0, 0, 0, 0]) }
        #expect(throws: SafetensorsError.headerTooLong(.max, limit: 8 << 20)) {
            try openFile(Array(repeating: 255, count: 64))
        }
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: "/nonexistent") }
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: "/") }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `damaged files are errors or readable, never a crash`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let json =
            #"{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"v":{"dtype":"F16","shape":[2],"data_offsets":[16,20]}}"#
        let intact = bytes(header: json, data: floats(1, 2, 3, 4) + [0, 0, 0, 0])
        for _ in 0..<25 {
            var damaged = intact
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let position = Int.random(in: 0..<damaged.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: damaged[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: damaged.insert(UInt8(ascii: "9"), at: position)
                default: damaged.remove(at: position)
                }
            }
            let file = Result { try openFile(damaged) }
            switch file {
            case .success(let file):
                for name in file.names { _ = (try? file.floats(name, shape: [2, 2]))?.reduce(0, +) }
            case .failure(let error): #expect(error is SafetensorsError)
            }
        }
    }

    private func floats(_ numbers: Float...) -> [UInt8] {
        numbers.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
    }

    private func bytes(header: String, data: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + data
    }

    /// Pads the header so that the data is aligned, unless a limit is on trial.
    private func open(header: String, data: [UInt8], _ limits: SafetensorsLimits? = nil) throws -> SafetensorsFile {
        let padding = limits == nil ? String(repeating: " ", count: (8 - header.utf8.count % 8) % 8) : ""
        return try openFile(bytes(header: header + padding, data: data), limits ?? SafetensorsLimits())
    }

    private func openFile(_ bytes: [UInt8], _ limits: SafetensorsLimits = SafetensorsLimits()) throws -> SafetensorsFile
    {
        let folder = try TemporaryFolder()
        try Data(bytes).write(to: URL(filePath: "\(folder.path)/file.safetensors"))
        return try SafetensorsFile(path: "\(folder.path)/file.safetensors", limits: limits)
    }
}
