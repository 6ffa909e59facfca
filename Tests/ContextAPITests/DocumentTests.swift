import ContextCore
import HTTP
import Testing

/// `POST /v1/documents`, `GET` and `DELETE /v1/documents/{id}`.
@Suite struct DocumentTests {
    private static let markdown = """
        # Lanterns

        A lantern keeps a flame from the wind.

        ## Oil

        Rape oil burns with little smoke and was taxed by the barrel.
        """

    @Test func `a text is accepted, read, found, and deleted with its passages`() async throws {
        try await withRoost { roost in
            let body: JSONValue = ["title": "Lanterns", "text": .string(Self.markdown), "metadata": ["shelf": 3]]
            let accepted = try await roost.post("/v1/documents", body).json(status: 202)
            #expect(accepted["status"] == "queued")
            #expect(accepted["bytes"].integer == Self.markdown.utf8.count)
            let id = try #require(accepted["document_id"].stringValue)
            try await roost.readUploads()

            let read = try await roost.get("/v1/documents/\(id)").json(status: 200)
            #expect(
                read.names == [
                    "bytes", "collection", "created_at", "document_id", "metadata", "passages", "source", "status",
                    "title", "updated_at", "warnings",
                ]
            )
            #expect(read["status"] == "ready" && read["title"] == "Lanterns" && read["warnings"] == [])
            #expect(read["metadata"] == ["shelf": 3])
            #expect(try #require(read["passages"].integer) >= 1)

            let search: JSONValue = ["query": "rape oil smoke", "filter": ["shelf": 3]]
            let found = try await roost.post("/v1/search", search).json(status: 200)
            #expect(found["results"][0]["metadata"]["document"] == "Lanterns")
            let deleted = try await roost.delete("/v1/documents/\(id)").json(status: 200)
            #expect(deleted == ["status": "deleted", "document_id": .string(id), "passages": read["passages"]])
            #expect(try await roost.post("/v1/search", search).json(status: 200)["results"] == [])
            await roost.get("/v1/documents/\(id)").expectError(404, "not_found")
            await roost.delete("/v1/documents/\(id)").expectError(404, "not_found")
        }
    }

    @Test func `a file is uploaded as a form`() async throws {
        try await withRoost { roost in
            let form = Form([
                .init("file", "<h1>Beacons</h1><p>A beacon burns on every hill.</p>", file: "beacons.html", type: "text/html"),
                .init("title", "Beacons"), .init("metadata", #"{"shelf":4}"#),
            ])
            let accepted = try await roost.upload(form).json(status: 202)
            #expect(accepted["source"] == "beacons.html")
            try await roost.readUploads()
            let found = try await roost.post("/v1/search", ["query": "beacon hill", "filter": ["shelf": 4]]).json(status: 200)
            #expect(found["results"][0]["text"].stringValue?.contains("burns on every hill") == true)
        }
    }

    @Test func `the same bytes are one document, changed ones replace it`() async throws {
        try await withRoost { roost in
            func submit(_ text: String, source: String) async throws -> JSONValue {
                let accepted = try await roost.post("/v1/documents", ["text": .string(text), "source": .string(source)])
                    .json(status: 202)
                try await roost.readUploads()
                return accepted["document_id"]
            }
            let first = try await submit("A heron stands in the reeds.", source: "heron.md")
            #expect(try await submit("A heron stands in the reeds.", source: "heron.md") == first)
            #expect(try await submit("A heron stands in the reeds.", source: "copy.md") == first)
            #expect(try await submit("A kingfisher dives into the brook.", source: "heron.md") == first)
            #expect(try await roost.post("/v1/search", ["query": "heron reeds"]).json(status: 200)["results"] == [])
            let found = try await roost.post("/v1/search", ["query": "kingfisher"]).json(status: 200)
            #expect(found["results"].elements.count == 1)
        }
    }

    @Test(arguments: [
        "../../../etc/passwd", "/etc/shadow", "..\\..\\boot.ini", "C:\\autoexec.bat", "a/../../b.md", "nul\u{7}.md",
        "%2e%2e%2fetc%2fpasswd", "';DROP TABLE passage;--.md",
    ])
    func `a file's name is mere data`(name: String) async throws {
        try await withRoost { roost in
            let accepted = try await roost.upload(Form([.init("file", "A plain sentence about otters.", file: name)]))
                .json(status: 202)
            try await roost.readUploads()
            let id = try #require(accepted["document_id"].stringValue)
            let read = try await roost.get("/v1/documents/\(id)").json(status: 200)
            #expect(read["status"] == "ready")
            #expect(read["source"].stringValue?.isEmpty == false)
            #expect(try await roost.post("/v1/search", ["query": "otters"]).json(status: 200)["results"].elements.count == 1)
        }
    }

    @Test func `what can't be read fails with a sentence and holds up nobody`() async throws {
        try await withRoost { roost in
            let broken: [(String, [UInt8], String)] = [
                ("broken.pdf", Array("%PDF-1.7\n1 0 obj\n<< /Type /Catalog".utf8), "application/pdf"),
                ("cut.pdf", Array("%PDF-1.4\n".utf8) + [UInt8](repeating: 0x93, count: 4_000), "application/pdf"),
                ("picture.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13], "image/png"),
                ("bomb.txt.gz", Gzip.bomb, "application/gzip"),
            ]
            var ids: [String] = []
            for (name, bytes, type) in broken {
                let accepted = try await roost.upload(Form([.init("file", bytes, file: name, type: type)])).json(status: 202)
                ids.append(try #require(accepted["document_id"].stringValue))
            }
            let good = try await roost.post("/v1/documents", ["text": "A good one about badgers."]).json(status: 202)
            try await roost.readUploads()
            for id in ids {
                let read = try await roost.get("/v1/documents/\(id)").json(status: 200)
                #expect(read["status"] == "failed", "\(read)")
                let problem = try #require(read["problem"].stringValue)
                #expect(problem.hasSuffix(".") && Answer.leaks(in: problem) == [], "\(problem)")
                #expect(read["passages"] == 0)
            }
            let id = try #require(good["document_id"].stringValue)
            #expect(try await roost.get("/v1/documents/\(id)").json(status: 200)["status"] == "ready")
            #expect(await roost.get("/health").status == 200)
        }
    }

    @Test func `what is missing or too much is refused with the field's name`() async throws {
        try await withRoost { roost in
            func refuse(_ body: JSONValue, _ status: Int, _ param: String) async {
                await roost.post("/v1/documents", body).expectError(status, param: param)
            }
            await refuse([:], 400, "text")
            await refuse(["text": ""], 400, "text")
            await refuse(["text": 5], 400, "text")
            await refuse(["text": "x", "collection": "void"], 404, "collection")
            await refuse(["text": "x", "metadata": "m"], 400, "metadata")
            await refuse(["text": "x", "metadata": ["m": .string(String(repeating: "m", count: 10_240))]], 400, "metadata")
            await refuse(["text": "x", "source": .string(String(repeating: "s", count: 1_025))], 400, "source")
            await roost.upload(Form([.init("title", "no file")])).expectError(400, "invalid_request", param: "file")
            await roost.upload(Form([.init("file", "", file: "empty.md")])).expectError(400, "invalid_request", param: "file")
            await roost.upload(Form([.init("file", "x", file: "x.md"), .init("metadata", "[1]")]))
                .expectError(400, "invalid_request", param: "metadata")
            let ignored = await roost.post("/v1/documents", ["text": "x", "visibility": "private", "project_id": "p"])
            #expect(ignored.headers["X-Roost-Ignored"] == "project_id, visibility")
            let form = await roost.upload(Form([.init("file", "y", file: "y.md"), .init("visibility", "private")]))
            #expect(form.headers["X-Roost-Ignored"] == "visibility")
        }
    }

    @Test func `a form that is none is refused`() async throws {
        try await withRoost { roost in
            let part = "Content-Disposition: form-data; name=\"file\"; filename=\"a.md\"\r\n\r\nx\r\n"
            let forms = [
                ("multipart/form-data", "--b\r\n\(part)--b--\r\n"),
                ("multipart/form-data; boundary=", "--\r\n\(part)----\r\n"),
                ("multipart/form-data; boundary=b", "--b\r\n\(part)"),
                ("multipart/form-data; boundary=b", ""),
                ("multipart/form-data; boundary=b", "--b--"),
                ("multipart/form-data; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n"),
                ("multipart/form-data; boundary=b", String(repeating: "--b\r\n\(part)", count: 1_000) + "--b--\r\n"),
                ("multipart/form-data; boundary=\(String(repeating: "b", count: 71))", "--b\r\n\(part)--b--\r\n"),
            ]
            for (type, body) in forms {
                await roost.send(.post, "/v1/documents", bytes: Array(body.utf8), contentType: type)
                    .expectError(400, "invalid_request")
            }
            let header = "X-Large: " + String(repeating: "h", count: 1 << 20) + "\r\n"
            let large = await roost.send(
                .post,
                "/v1/documents",
                bytes: Array("--b\r\n\(header)\(part)--b--\r\n".utf8),
                contentType: "multipart/form-data; boundary=b"
            )
            #expect(large.status == 202 || large.status == 400)
            #expect(await roost.get("/health").status == 200)
        }
    }
}

/// A `multipart/form-data` body.
struct Form {
    struct Part {
        var name: String
        var body: [UInt8]
        var file: String?
        var type: String?

        init(_ name: String, _ text: String, file: String? = nil, type: String? = nil) {
            self.init(name, Array(text.utf8), file: file, type: type)
        }

        init(_ name: String, _ body: [UInt8], file: String? = nil, type: String? = nil) {
            self.name = name
            self.body = body
            self.file = file
            self.type = type
        }
    }

    static let boundary = "----roost-form-7d1f"

    var parts: [Part]

    init(_ parts: [Part]) { self.parts = parts }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for part in parts {
            bytes += "--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(part.name)\"".utf8
            if let file = part.file {
                let escaped = file.replacing("\\", with: "\\\\").replacing("\"", with: "%22")
                bytes += "; filename=\"\(escaped)\"".utf8
            }
            if let type = part.type { bytes += "\r\nContent-Type: \(type)".utf8 }
            bytes += "\r\n\r\n".utf8
            bytes += part.body
            bytes += "\r\n".utf8
        }
        return bytes + Array("--\(Self.boundary)--\r\n".utf8)
    }
}

extension Roost {
    func upload(_ form: Form, as user: String = "anna") async -> Answer {
        await send(
            .post,
            "/v1/documents",
            bytes: form.bytes,
            contentType: "multipart/form-data; boundary=\(Form.boundary)",
            as: user
        )
    }
}

enum Gzip {
    /// A gzip file (RFC 1952) of 256 stored-by-reference megabytes of zeros: a deflate stream (RFC 1951) of one literal
    /// and very many copies of it, 258 bytes long each and one bit of code long.
    static let bomb: [UInt8] = {
        var bits = BitWriter()
        bits.append(0b1, 1)
        bits.append(0b10, 2)
        // 257 + 29 literal/length codes, 1 distance code, 4 + 14 code length codes.
        bits.append(29, 5)
        bits.append(0, 5)
        bits.append(14, 4)
        // Code lengths of the alphabet 16, 17, 18, 0, 8, 7, …, 1: one bit for 18, two bits for 1 and 2.
        for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1] {
            bits.append(symbol == 18 ? 1 : symbol == 1 || symbol == 2 ? 2 : 0, 3)
        }
        // 18 is 0, 1 is 10, 2 is 11, each written from its first bit on.
        func zeros(_ count: Int) {
            bits.append(0, 1)
            bits.append(count - 11, 7)
        }
        func length(_ value: Int) {
            bits.append(1, 1)
            bits.append(value - 1, 1)
        }
        // Literal 0 and the end of the block have two bits, the copy of 258 bytes (285) one.
        length(2)
        zeros(138)
        zeros(117)
        length(2)
        zeros(28)
        length(1)
        length(1)
        // 285 is 0, the literal 0 is 10, the end 11; the one distance is 0.
        bits.append(0b01, 2)
        for _ in 0..<(256 << 20) / 258 { bits.append(0, 2) }
        bits.append(0b11, 2)
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + bits.bytes + [0, 0, 0, 0, 0, 0, 0, 0]
    }()

    /// Least significant bit first, as deflate packs them.
    private struct BitWriter {
        var bytes: [UInt8] = []
        private var used = 8

        mutating func append(_ value: Int, _ count: Int) {
            for bit in 0..<count {
                if used == 8 {
                    bytes.append(0)
                    used = 0
                }
                bytes[bytes.count - 1] |= UInt8((value >> bit) & 1) << used
                used += 1
            }
        }
    }
}
