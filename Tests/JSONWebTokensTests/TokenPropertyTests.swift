import JSONWebTokens
import TestSupport
import Testing

struct TokenPropertyTests {
    @Test func `no byte of a token can be changed, lost or added`() throws {
        for pair in try allKeys() {
            let verifier = TokenVerifier(keys: pair.checking)
            let token = Array(try #require(pair.signing.signing).sign(TestClaims()).utf8)
            try #require(verifier.failure(of: String(decoding: token, as: UTF8.self)) == nil)
            var generator = SeededGenerator(seed: 17)
            for place in token.indices {
                // All other letters where they are cheap; the last letter of a part has bits that nobody reads.
                let isEnd = place + 1 == token.count || token[place + 1] == UInt8(ascii: ".")
                let others = isEnd ? Array(UInt8(0x20)..<0x7F) : [generator.pick(Array(0x2D...0x7A)), 0, 0x3D, 0xFF]
                for other in others where other != token[place] {
                    var changed = token
                    changed[place] = other
                    #expect(verifier.failure(of: String(decoding: changed, as: UTF8.self)) != nil, "\(place) \(other)")
                }
                var shorter = token
                shorter.remove(at: place)
                #expect(verifier.failure(of: String(decoding: shorter, as: UTF8.self)) != nil)
                var longer = token
                longer.insert(generator.pick(Array("A=. \n".utf8)), at: place)
                #expect(verifier.failure(of: String(decoding: longer, as: UTF8.self)) != nil)
            }
        }
    }

    @Test func `any text is refused, and any bytes as a key`() throws {
        var generator = SeededGenerator(seed: 23)
        let verifier = TokenVerifier(keys: try secretKeys())
        let alphabet: [ClosedRange<UInt32>] = [0x2D...0x2E, 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0...0x10FFFF]
        for _ in 0..<3_000 {
            #expect(verifier.failure(of: generator.text(upTo: 200, from: alphabet)) != nil)
            let parts = (0..<3).map { _ in Base64URL.encode(generator.bytes(60)) }
            #expect(verifier.failure(of: parts.joined(separator: ".")) != nil)
        }
        let pem = Array(try GeneratedKey(.p256).privatePEM.utf8)
        for _ in 0..<300 {
            #expect(throws: TokenKeyError.self) { try KeySet(file: generator.bytes(300)) }
            var cut = Array(pem.prefix(generator.below(pem.count - 40)))
            if !cut.isEmpty { cut[generator.below(cut.count)] = UInt8.random(in: 0...255, using: &generator) }
            #expect(throws: TokenKeyError.self) { try KeySet(file: cut) }
        }
    }

    @Test func `JSON of any kind in header and payload is read or refused`() throws {
        var generator = SeededGenerator(seed: 29)
        let pieces = [
            "{", "}", "[", "]", ":", ",", #""alg""#, #""HS256""#, #""exp""#, "9999999999", #""sub""#, #""ada""#, "null",
            "1e5", #""\u0061lg""#, " ", #""\ud800""#, "\u{0}", #""crit""#, "-", #"""#, "\\",
        ]
        let verifier = TokenVerifier(keys: try secretKeys())
        for _ in 0..<5_000 {
            let json = (0..<generator.below(14)).map { _ in generator.pick(pieces) }.joined()
            _ = verifier.failure(of: handmade(json, #"{"sub":"ada","exp":9999999999}"#))
            _ = verifier.failure(of: handmade(#"{"alg":"HS256"}"#, json))
        }
    }

    @Test func `Base64 for URLs is read exactly as it is written`() {
        var generator = SeededGenerator(seed: 31)
        for _ in 0..<2_000 {
            let bytes = generator.bytes(50)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            let text = generator.text(upTo: 12, from: [0x2A...0x7B])
            if let decoded = Base64URL.decode(text) { #expect(Base64URL.encode(decoded) == text) }
        }
        for text in ["A", "AB=", "AB==", "AB ", "A+", "A/", "AB\n", "Ä", "AAB", "AP", "é"] {
            #expect(Base64URL.decode(text) == nil, "\(text)")
        }
        #expect(Base64URL.decode("") == [])
    }
}
