import HTTP

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
