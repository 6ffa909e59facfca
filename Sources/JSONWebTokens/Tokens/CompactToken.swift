/// The parts of a token in its compact form (RFC 7515 section 7.1), not yet believed.
struct CompactToken {
    let header: Header
    let payload: [UInt8]
    let signature: [UInt8]

    /// What was signed: the first two parts as they were sent.
    let signingInput: [UInt8]

    struct Header: Decodable {
        let algorithm: String
        let keyID: String?
        let type: String?

        private enum CodingKeys: String, CodingKey {
            case algorithm = "alg"
            case keyID = "kid"
            case type = "typ"
            case critical = "crit"
        }

        /// - Throws: for any extension that has to be understood, because none is.
        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            algorithm = try container.decode(String.self, forKey: .algorithm)
            keyID = try container.decodeIfPresent(String.self, forKey: .keyID)
            type = try container.decodeIfPresent(String.self, forKey: .type)
            guard !container.contains(.critical) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .critical,
                    in: container,
                    debugDescription: "names extensions that are not understood"
                )
            }
        }
    }

    /// - Parameter limit: the most bytes that are looked at.
    init(_ text: String, limit: Int) throws(TokenFailure) {
        guard text.utf8.count <= limit else {
            throw .malformed("it has \(text.utf8.count) bytes (max: \(limit))")
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("it is not three parts with dots between them") }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed("a part of it is not Base64 for URLs without padding") }
        self.header = try StrictJSON.decode(Header.self, from: header)
        self.payload = payload
        self.signature = signature
        signingInput = Array(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
    }
}
