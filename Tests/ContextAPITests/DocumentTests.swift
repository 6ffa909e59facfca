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
            #expect(accepted["status"] == "queued" && accepted["outcome"] == "created")
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

    @Test func `two documents without a name are two`() async throws {
        try await withRoost { roost in
            let first = try await roost.post("/v1/documents", ["text": "A heron stands in the reeds."]).json(
                status: 202
            )
            let second = try await roost.post("/v1/documents", ["text": "An otter swims below.", "source": ""])
                .json(status: 202)
            #expect(first["document_id"] != second["document_id"])
            try await roost.readUploads()
            for query in ["heron", "otter"] {
                let found = try await roost.post("/v1/search", ["query": .string(query), "mode": "keyword"])
                    .json(status: 200)
                #expect(found["results"].elements.count == 1)
            }
        }
    }

    @Test func `an answer says whether a document is new, takes another's place, or was known`() async throws {
        try await withRoost { roost in
            func outcome(_ text: String, _ source: String) async throws -> JSONValue {
                try await roost.post("/v1/documents", ["text": .string(text), "source": .string(source)])
                    .json(status: 202)["outcome"]
            }
            let new = try await outcome("A heron.", "heron.md")
            let same = try await outcome("A heron.", "copy.md")
            let changed = try await outcome("Two herons.", "heron.md")
            #expect([new, same, changed] == ["created", "known", "replaced"])
        }
    }

    @Test func `a document says how much of it its collection has pushed out`() async throws {
        try await withRoost { roost in
            let few: JSONValue = ["name": "few", "kind": "text", "retention": ["type": "capacity", "passages": 1]]
            _ = try await roost.post("/v1/collections", few).json(status: 201)
            let body: JSONValue = ["text": "# One\n\nHerons.\n\n# Two\n\nOtters.\n", "collection": "few"]
            let id = try #require(
                try await roost.post("/v1/documents", body).json(status: 202)["document_id"].stringValue
            )
            try await roost.readUploads()
            let read = try await roost.get("/v1/documents/\(id)").json(status: 200)
            #expect(read["status"] == "ready" && read["passages"] == 1)
            #expect(read["warnings"].elements.first?.stringValue?.hasPrefix("1 of its 2 passages are gone") == true)
        }
    }

    @Test func `a file is uploaded as a form`() async throws {
        try await withRoost { roost in
            let form = Form([
                .init(
                    "file",
                    "<h1>Beacons</h1><p>A beacon burns on every hill.</p>",
                    file: "beacons.html",
                    type: "text/html"
                ),
                .init("title", "Beacons"), .init("metadata", #"{"shelf":4}"#),
            ])
            let accepted = try await roost.upload(form).json(status: 202)
            #expect(accepted["source"] == "beacons.html")
            try await roost.readUploads()
            let found = try await roost.post("/v1/search", ["query": "beacon hill", "filter": ["shelf": 4]]).json(
                status: 200
            )
            #expect(found["results"][0]["text"].stringValue?.contains("burns on every hill") == true)
        }
    }

    @Test func `the same bytes are one document, changed ones replace it`() async throws {
        try await withRoost { roost in
            func submit(_ text: String, source: String) async throws -> JSONValue {
                let accepted = try await roost.post(
                    "/v1/documents",
                    ["text": .string(text), "source": .string(source)]
                )
                .json(status: 202)
                try await roost.readUploads()
                return accepted["document_id"]
            }
            let first = try await submit("A heron stands in the reeds.", source: "heron.md")
            #expect(try await submit("A heron stands in the reeds.", source: "heron.md") == first)
            let copy = try await submit("A heron stands in the reeds.", source: "copy.md")
            #expect(copy != first)
            func found(_ query: String) async throws -> Int {
                try await roost.post("/v1/search", ["query": .string(query), "mode": "keyword"])
                    .json(status: 200)["results"].elements.count
            }
            #expect(try await found("reeds") == 1)
            #expect(
                try await roost.get("/v1/documents/\(copy.stringValue ?? "")").json(status: 200)["status"]
                    == "duplicate"
            )
            #expect(try await submit("A kingfisher dives into the brook.", source: "heron.md") == first)
            #expect(try await found("reeds") == 1)
            #expect(
                try await roost.get("/v1/documents/\(copy.stringValue ?? "")").json(status: 200)["status"] == "ready"
            )
            _ = try await roost.delete("/v1/documents/\(copy.stringValue ?? "")").json(status: 200)
            #expect(try await found("reeds") == 0)
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
            #expect(
                try await roost.post("/v1/search", ["query": "otters"]).json(status: 200)["results"].elements.count == 1
            )
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
                let accepted = try await roost.upload(Form([.init("file", bytes, file: name, type: type)])).json(
                    status: 202
                )
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
            await refuse(
                ["text": "x", "metadata": ["m": .string(String(repeating: "m", count: 10_240))]],
                400,
                "metadata"
            )
            await refuse(["text": "x", "source": .string(String(repeating: "s", count: 1_025))], 400, "source")
            await roost.upload(Form([.init("title", "no file")])).expectError(400, "invalid_request", param: "file")
            await roost.upload(Form([.init("file", "", file: "empty.md")])).expectError(
                400,
                "invalid_request",
                param: "file"
            )
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
