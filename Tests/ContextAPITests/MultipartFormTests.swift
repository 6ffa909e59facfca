import HTTP
import TestSupport
import Testing

/// The parser of `multipart/form-data` bodies.
@Suite struct MultipartFormTests {
    private static let type = "multipart/form-data; boundary=\(Form.boundary)"

    @Test func `what is put in comes out`() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let parts = (0..<Int.random(in: 1...5, using: &generator)).map { number in
                Form.Part(
                    "part\(number)",
                    Self.content(using: &generator),
                    file: Bool.random(using: &generator) ? "f \"\(number)\";=.md" : nil
                )
            }
            let form = try MultipartForm(Form(parts).bytes, contentType: Self.type)
            #expect(form.parts.map(\.name) == parts.map(\.name))
            #expect(form.parts.map { Array($0.body) } == parts.map(\.body))
            #expect(form.parts.map(\.fileName) == parts.map { $0.file?.replacing("\"", with: "%22") })
        }
    }

    /// Bytes that look like boundaries without being one.
    private static func content(using generator: inout SeededGenerator) -> [UInt8] {
        let pieces = [
            "\r\n", "\n", "--", Form.boundary, "\r\n--\(Form.boundary)x", "\r\n--\(Form.boundary)-x", "\0", "text",
            "\r",
        ]
        return (0..<Int.random(in: 0...8, using: &generator)).flatMap { _ in
            Array((pieces.randomElement(using: &generator) ?? "").utf8) + [
                UInt8.random(in: 0x20...0xFF, using: &generator)
            ]
        }
    }

    @Test func `a form of nothing but boundaries is refused for its parts`() {
        let body = Array(String(repeating: "--\(Form.boundary)\n", count: 100_000).utf8)
        let error = #expect(throws: MultipartForm.Malformed.self) {
            try MultipartForm(body, contentType: Self.type, partLimit: 3)
        }
        #expect(error?.description == "The form has more than 3 parts (max: 3).")
    }

    @Test func `mutated forms are read or refused`() {
        let valid = Form([
            .init("file", "content\r\nof two lines", file: "a.md", type: "text/markdown"), .init("title", "T"),
        ]).bytes
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<5_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 7))
                case 2: bytes.insert(contentsOf: "\r\n--\(Form.boundary)".utf8, at: place)
                default: bytes = Array(bytes.prefix(place))
                }
            }
            guard let form = try? MultipartForm(bytes, contentType: Self.type) else { continue }
            #expect(form.parts.reduce(0) { $0 + $1.body.count } <= bytes.count)
        }
    }

    @Test(arguments: [
        "boundary=a", "boundary=\"a b\"", "boundary=\"\"", "boundary", "boundary=\"a\n\"", "boundary=\"\n--\n\"",
        "boundary=é",
        "boundary=a; boundary=b", "charset=x; boundary=a", "BOUNDARY=a", ";;;", "boundary=\"a", "boundary=\"\\",
    ])
    func `whatever the boundary is, nothing breaks`(parameter: String) {
        let bodies = [
            "", "--", "--a--", "--a\r\n--a--", "--a\n\n--a--\n", "--\n--\n--\n--\n--\n", "--é--", "\n\n\n",
            "--a\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--a--\r\n", "--ab\r\n\r\n--a--",
        ]
        for body in bodies {
            let form = try? MultipartForm(Array(body.utf8), contentType: "multipart/form-data; \(parameter)")
            #expect(form?.parts.count ?? 0 <= 1)
        }
    }

    @Test func `a line that only begins like the boundary is content`() throws {
        let body =
            "--a\r\nContent-Disposition: form-data; name=x\r\n\r\none\r\n--ab\r\ntwo\r\n--a-\r\nthree\r\n--a  \r\n"
            + "Content-Disposition: form-data; name=y\r\n\r\nfour\r\n--a--\r\nepilogue\r\n--a\r\n"
        let form = try MultipartForm(Array(body.utf8), contentType: "multipart/form-data; boundary=a")
        #expect(form.parts.map(\.name) == ["x", "y"])
        #expect(
            form.parts.map { String(decoding: $0.body, as: UTF8.self) } == [
                "one\r\n--ab\r\ntwo\r\n--a-\r\nthree", "four",
            ]
        )
    }

    @Test func `too many parts, nameless parts and open ends are refused with a sentence`() {
        let part = "--a\r\nContent-Disposition: form-data; name=x\r\n\r\nv\r\n"
        let bodies = [String(repeating: part, count: 65) + "--a--", "--a\r\n\r\nv\r\n--a--", part, part + "--a", ""]
        for body in bodies {
            #expect(throws: MultipartForm.Malformed.self) {
                try MultipartForm(Array(body.utf8), contentType: "multipart/form-data; boundary=a")
            }
        }
        let full = try? MultipartForm(
            Array((String(repeating: part, count: 64) + "--a--").utf8),
            contentType: "x; boundary=a"
        )
        #expect(full?.parts.count == 64)
    }
}
