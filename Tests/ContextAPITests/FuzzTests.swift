import ContextCore
import TestSupport
import Testing

/// Valid bodies, mutated by a seeded generator: every answer is a success or the caller's error in the one form.
@Suite struct FuzzTests {
    @Test(arguments: Endpoint.all) func `three hundred mutations of a body are answered`(endpoint: Endpoint)
        async throws
    {
        try await withRoost { roost in
            try await roost.fill("sea", with: Texts.lighthouses)
            var generator = SeededGenerator(seed: UInt64(endpoint.path.utf8.reduce(7) { $0 &* 31 &+ Int($1) } & 0xFFFF))
            var statuses: Set<Int> = []
            _ = try await roost.pull(["session_id": "s", "query": "wick"])
            for round in 0..<300 {
                let bytes =
                    round.isMultiple(of: 2)
                    ? Mutation.bytes(of: endpoint.body, using: &generator)
                    : Array(Mutation.value(endpoint.body, using: &generator).description.utf8)
                let answer = await endpoint.send(bytes, to: roost)
                statuses.insert(answer.status)
                guard !(200..<300).contains(answer.status) else { continue }
                let isForeseen = (400..<500).contains(answer.status) || answer.status == 501
                #expect(isForeseen, "\(answer.text) for \(String(decoding: bytes, as: UTF8.self))")
                answer.expectErrorForm()
            }
            #expect(statuses.contains(400) && statuses.contains { (200..<300).contains($0) }, "\(statuses)")
            try await roost.readUploads()
            #expect(await roost.get("/health").status == 200)
            #expect(await roost.get("/ready").status == 200)
        }
    }
}

enum Mutation {
    /// One to three values of `json` replaced, repeated, removed or renamed.
    static func value(_ json: JSONValue, using generator: inout some RandomNumberGenerator) -> JSONValue {
        var json = json
        for _ in 0..<Int.random(in: 1...3, using: &generator) { json = once(json, using: &generator) }
        return json
    }

    private static func once(_ json: JSONValue, using generator: inout some RandomNumberGenerator) -> JSONValue {
        guard Int.random(in: 0..<4, using: &generator) > 0 else { return strange(using: &generator) }
        switch json {
        case .object(var members):
            guard let name = members.keys.sorted().randomElement(using: &generator) else { return ["new": 1] }
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: members[name] = nil
            case 1: members[name.uppercased()] = members.removeValue(forKey: name)
            default: members[name] = once(members[name] ?? .null, using: &generator)
            }
            return .object(members)
        case .array(var elements):
            guard let index = elements.indices.randomElement(using: &generator) else { return [.null] }
            if Bool.random(using: &generator) { elements += Array(repeating: elements[index], count: 3) }
            elements[index] = once(elements[index], using: &generator)
            return .array(elements)
        case .string(let text):
            let scalar = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator)) ?? "\u{FFFD}"
            return .string(text + String(Character(scalar)))
        case .number(let number): return .number(number * Double.random(in: -1e6...1e6, using: &generator))
        default: return strange(using: &generator)
        }
    }

    private static func strange(using generator: inout some RandomNumberGenerator) -> JSONValue {
        let values: [JSONValue] = [
            .null, true, false, 0, -1, 1.5, 1e18, -1e300, "", " ", "\u{0}", "x", [], [[]], [:], ["$in": 1],
            ["$eq": .null],
            ["a.b": ["$not": ["$exists": true]]], [.null, 1], .string(String(repeating: "é\u{301}", count: 9_000)),
        ]
        return values.randomElement(using: &generator) ?? .null
    }

    /// A few bytes of the text changed, removed, repeated, or replaced by what parsers stumble over.
    static func bytes(of json: JSONValue, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        let words = [
            "NaN", "1e999", "-0", "\\u0000", "\\ud800", "\"", "{", "]", ",,", "\u{FEFF}", "null", "\\",
            "99999999999999999999",
        ]
        var bytes = Array(json.description.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0..<max(1, bytes.count), using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(contentsOf: words.randomElement(using: &generator)?.utf8 ?? "".utf8, at: place)
            case 3: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
            default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            if bytes.isEmpty { return [0x7B] }
        }
        return bytes
    }
}
