import JSONWebTokens
import Runtime
import TestSupport
import Testing

struct TokenVerifierTests {
    @Test func `what a key signs, that key believes and no other`() throws {
        let keys = try allKeys()
        for (place, pair) in keys.enumerated() {
            let key = try #require(pair.signing.signing)
            let token = try key.sign(TestClaims())
            for (other, pair) in keys.enumerated() {
                let verifier = TokenVerifier(keys: pair.checking)
                let expected: TokenFailure? = place == other ? nil : .algorithmNotAllowed(key.algorithm.rawValue)
                #expect(verifier.failure(of: token) == expected)
            }
        }
        #expect(Set(keys.compactMap { $0.signing.signing?.algorithm }).count == TokenAlgorithm.allCases.count)
    }

    @Test(arguments: [GeneratedKey.Kind.p256, .rsa2048, .ed25519])
    func `a key of the same kind is another key`(kind: GeneratedKey.Kind) throws {
        let one = try KeySet(file: Array(try GeneratedKey(kind).privatePEM.utf8))
        let two = try KeySet(file: Array(try GeneratedKey(kind).publicPEM.utf8))
        let token = try #require(one.signing).sign(TestClaims())
        #expect(TokenVerifier(keys: two).failure(of: token) == .badSignature)
        var both = two
        both.add(one)
        #expect(try TokenVerifier(keys: both).subject(of: token) == "ada")
    }

    /// The attack: sign as HS256 with the text of the public key, which everybody knows.
    @Test func `a public key is no secret`() throws {
        let pem = try GeneratedKey(.p256).publicPEM
        let input =
            Base64URL.encode(Array(#"{"alg":"HS256"}"#.utf8)) + "."
            + Base64URL.encode(Array(#"{"sub":"ada","exp":9999999999}"#.utf8))
        let token = input + "." + Base64URL.encode(HMAC.sha256(of: input.utf8, key: Array(pem.utf8)))
        let verifier = TokenVerifier(keys: try KeySet(file: Array(pem.utf8)))
        #expect(verifier.failure(of: token) == .algorithmNotAllowed("HS256"))
        #expect(throws: TokenKeyError.self) { try TokenKey(secret: Secret(pem)) }
    }

    @Test(arguments: ["none", "None", "NONE", "", "hs256", "HS384", "HS256 "])
    func `an algorithm that no key is for is refused, signed or not`(algorithm: String) throws {
        let verifier = TokenVerifier(keys: try secretKeys())
        let token = handmade(#"{"alg":"\#(algorithm)"}"#, #"{"sub":"ada","exp":9999999999}"#)
        #expect(verifier.failure(of: token) == .algorithmNotAllowed(algorithm))
        let unsigned = token.prefix { $0 != "." } + "." + token.split(separator: ".")[1] + "."
        #expect(verifier.failure(of: String(unsigned)) == .algorithmNotAllowed(algorithm))
    }

    @Test(arguments: [
        (#"{"alg":"HS256"}"#, true), (#"{"alg":"HS256","typ":"jwt"}"#, true),
        (#"{"alg":"HS256","typ":"application/JWT"}"#, true), (#"{"alg":"HS256","cty":"x","jku":"http://x"}"#, true),
        (#"{"alg":"HS256","typ":"at+jwt"}"#, false), (#"{"alg":"HS256","typ":7}"#, false),
        (#"{"alg":"HS256","crit":["exp"]}"#, false), (#"{"alg":"HS256","crit":[]}"#, false),
        (#"{"alg":"HS256","crit":null}"#, false), (#"{"alg":"HS256","alg":"none"}"#, false),
        (#"{"alg":"none","\u0061lg":"HS256"}"#, false), (#"{"alg":["HS256"]}"#, false), (#"{"typ":"JWT"}"#, false),
        (#"["HS256"]"#, false), (#"{"alg":"HS256"} {}"#, false), (#"{"alg":"HS256",}"#, false),
        (#"{"alg":"HS256","x":NaN}"#, false), ("", false), ("{", false), (#"{"alg":"HS256"}"# + "\0", false),
    ])
    func `a header is read strictly`(header: String, isFine: Bool) throws {
        let verifier = TokenVerifier(keys: try secretKeys())
        let failure = verifier.failure(of: handmade(header, #"{"sub":"ada","exp":9999999999}"#))
        #expect(failure == nil ? isFine : failure?.isMalformed == true && !isFine, "\(String(describing: failure))")
    }

    @Test(arguments: [
        #"{"sub":"ada"}"#, #"{"sub":"ada","exp":null}"#, #"{"sub":"ada","exp":"9999999999"}"#,
        #"{"sub":"ada","exp":1e300}"#, #"{"sub":"ada","exp":1e999}"#, #"{"sub":"ada","exp":true}"#,
        #"{"sub":"ada","exp":9999999999,"exp":1}"#, #"{"sub":"ada","exp":9999999999,"aud":{}}"#,
        #"{"sub":"ada","exp":9999999999,"aud":[1]}"#, #"{"sub":7,"exp":9999999999}"#, #"{"exp":9999999999}"#,
        #"{"sub":"ada","exp":9999999999,"act":{"sub":"x","sub":"y"}}"#,
        #"{"sub":"ada","exp":9999999999,"deep":[[{"a":1,"a":1}]]}"#, "[]", "null", #""text""#, "",
        #"{"sub":"ada","exp":9999999999}x"#, "{\"sub\":\"ada\",\"exp\":9999999999,\"x\":\"\u{1}\"}",
    ])
    func `claims that can't be read, or in two ways, are malformed`(payload: String) throws {
        let failure = TokenVerifier(keys: try secretKeys()).failure(of: handmade(#"{"alg":"HS256"}"#, payload))
        #expect(failure?.isMalformed == true, "\(String(describing: failure))")
    }

    @Test func `bytes that are no UTF-8 are malformed`() throws {
        let input =
            Base64URL.encode(Array(#"{"alg":"HS256"}"#.utf8)) + "."
            + Base64URL.encode(Array(#"{"exp":9999999999,"sub":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8))
        let token = input + "." + Base64URL.encode(HMAC.sha256(of: input.utf8, key: Array(secret.utf8)))
        #expect(TokenVerifier(keys: try secretKeys()).failure(of: token)?.isMalformed == true)
    }

    @Test func `times count with the leeway, to the second`() throws {
        var verifier = TokenVerifier(keys: try secretKeys())
        verifier.leeway = 10
        let key = try #require(try secretKeys().signing)
        var claims = TestClaims(expires: 60)
        claims.nbf = now.adding(-5)
        let token = try key.sign(claims)
        #expect(verifier.failure(of: token, at: now.adding(69)) == nil)
        #expect(verifier.failure(of: token, at: now.adding(70)) == .expired(at: now.adding(60)))
        #expect(verifier.failure(of: token, at: now.adding(-15)) == nil)
        #expect(verifier.failure(of: token, at: now.adding(-16)) == .notYetValid(until: now.adding(-5)))
        claims.nbf = nil
        claims.iat = now.adding(11)
        let early = try key.sign(claims)
        #expect(verifier.failure(of: early) == .notYetValid(until: now.adding(11)))
        _ = try verifier.verify(early, as: TestClaims.self, at: now, ignoringTime: true)
        let old = try verifier.verify(token, as: TestClaims.self, at: now.adding(9_999), ignoringTime: true)
        #expect(old.claims.sub == "ada")
    }

    @Test func `the audience may be one of several, the issuer is the one`() throws {
        var verifier = TokenVerifier(keys: try secretKeys())
        verifier.audience = "roost"
        verifier.issuer = "home"
        let key = try #require(try secretKeys().signing)
        var claims = TestClaims()
        #expect(verifier.failure(of: try key.sign(claims)) == .wrongIssuer(nil, expected: "home"))
        claims.iss = "home"
        #expect(verifier.failure(of: try key.sign(claims)) == .wrongAudience([], expected: "roost"))
        claims.aud = Audience(["Roost", "roost2"])
        #expect(
            verifier.failure(of: try key.sign(claims)) == .wrongAudience(["Roost", "roost2"], expected: "roost")
        )
        for audience in ["roost", Audience(["other", "roost"])] {
            claims.aud = audience
            #expect(verifier.failure(of: try key.sign(claims)) == nil)
        }
        claims.iss = "away"
        #expect(verifier.failure(of: try key.sign(claims)) == .wrongIssuer("away", expected: "home"))
    }

    @Test func `a token names its key, and one that nobody has is no key`() throws {
        let keys = KeySet([
            try TokenKey(secret: Secret(secret), id: "one"),
            try TokenKey(secret: Secret("another secret, long enough as well"), id: "two"),
        ])
        let verifier = TokenVerifier(keys: keys)
        let payload = #"{"sub":"ada","exp":9999999999}"#
        #expect(verifier.failure(of: handmade(#"{"alg":"HS256","kid":"one"}"#, payload)) == nil)
        #expect(verifier.failure(of: handmade(#"{"alg":"HS256"}"#, payload)) == nil)
        #expect(verifier.failure(of: handmade(#"{"alg":"HS256","kid":"two"}"#, payload)) == .badSignature)
        #expect(verifier.failure(of: handmade(#"{"alg":"HS256","kid":"three"}"#, payload)) == .badSignature)
    }

    @Test func `a token that is too long is not even read`() throws {
        var verifier = TokenVerifier(keys: try secretKeys())
        verifier.limit = 200
        let failure = verifier.failure(of: String(repeating: "a", count: 201))
        #expect(failure == .malformed("it has 201 bytes (max: 200)"))
    }
}
