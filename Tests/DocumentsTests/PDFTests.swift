import Documents
import Glibc
import TestSupport
import Testing

@Suite struct PDFTests {
    @Test func `a PDF becomes paragraphs with pages`() throws {
        let bytes = SmallPDF.make(pages: ["Hello from page one", "And page two"], title: "Small")
        let document = try DocumentParser().parse(bytes, name: "a.pdf")
        #expect(document.title == "Small")
        #expect(document.texts == ["Hello from page one", "And page two"])
        #expect(document.sections.map(\.location) == [.page(1), .page(2)])
        #expect(document.metadata["pages"] == "2")
    }

    @Test func `a PDF without text is a warning`() throws {
        let document = try DocumentParser().parse(SmallPDF.make(pages: [""], title: "x"), name: "a.pdf")
        #expect(document.sections.isEmpty)
        #expect(document.warnings.count == 1)
    }

    @Test func `more pages than allowed are refused`() {
        var limits = DocumentLimits()
        limits.pages = 1
        #expect(throws: DocumentError.tooLarge(.pages, value: 2, limit: 1)) {
            try DocumentParser(limits: limits).parse(SmallPDF.make(pages: ["a", "b"], title: "x"), name: "a.pdf")
        }
    }

    @Test func `broken PDFs are errors or less text, never a crash`() {
        let whole = SmallPDF.make(pages: ["Hello"], title: "x")
        var random = SeededGenerator(seed: 3)
        for length in [5, 8, whole.count / 3, whole.count / 2] {
            check(Array(whole[..<length]))
            check(Array("%PDF-1.7\n".utf8) + (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    private func check(_ bytes: [UInt8]) {
        do {
            let document = try DocumentParser().parse(bytes, name: "a.pdf")
            #expect(document.sections.count <= 1)
        } catch {
            guard case .toolFailed("pdfinfo", _) = error else {
                Issue.record(error)
                return
            }
        }
    }

    @Test func `a missing tool says what to install`() throws {
        let tools = PDFTools(pdftotext: "/nonexistent/pdftotext", pdfinfo: "/nonexistent/pdfinfo")
        let error = #expect(throws: DocumentError.toolMissing(tool: "pdfinfo", package: "poppler-utils")) {
            try DocumentParser(pdfTools: tools).parse(Array("%PDF-1.4".utf8), name: "a.pdf")
        }
        #expect(error?.description.contains("apt-get install poppler-utils") == true)
    }

    /// A script stands in for a PDF reader gone wild.
    @Test func `a child that does not stop writing is ended`() throws {
        let folder = try TemporaryFolder()
        let path = folder.newFile("tool")
        let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o700)
        let script = Array("#!/bin/sh\nexec yes\n".utf8)
        try #require(write(descriptor, script, script.count) == script.count)
        close(descriptor)
        var limits = DocumentLimits()
        limits.textBytes = 1 << 20
        let parser = DocumentParser(limits: limits, pdfTools: PDFTools(pdfinfo: path))
        let error = #expect(throws: DocumentError.self) { try parser.parse(Array("%PDF-1.4".utf8), name: "a.pdf") }
        guard case .tooLarge(.textBytes, _, 1_048_576) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a child that does not end is ended`() {
        var limits = DocumentLimits()
        limits.childSeconds = 0
        let parser = DocumentParser(limits: limits, pdfTools: PDFTools(pdfinfo: "/usr/bin/yes"))
        #expect(throws: DocumentError.tooLarge(.childSeconds, value: 1, limit: 0)) {
            try parser.parse(Array("%PDF-1.4".utf8), name: "a.pdf")
        }
    }
}

/// One line of text a page in Helvetica, as the PDF reference's smallest example has it.
enum SmallPDF {
    static func make(pages: [String], title: String) -> [UInt8] {
        let kids = pages.indices.map { "\(4 + 2 * $0) 0 R" }.joined(separator: " ")
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [\(kids)] /Count \(pages.count) >>",
            "<< /Title (\(title)) >>",
        ]
        for (index, text) in pages.enumerated() {
            let stream = "BT /F1 12 Tf 72 700 Td (\(text)) Tj ET"
            let font = "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
            objects.append(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font \(font) >> "
                    + "/Contents \(5 + 2 * index) 0 R >>"
            )
            objects.append("<< /Length \(stream.utf8.count) >>\nstream\n\(stream)\nendstream")
        }
        return file(objects)
    }

    private static func file(_ objects: [String]) -> [UInt8] {
        var text = "%PDF-1.4\n"
        var offsets: [Int] = []
        for (index, object) in objects.enumerated() {
            offsets.append(text.utf8.count)
            text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
        }
        let start = text.utf8.count
        text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for offset in offsets { text += String(repeating: "0", count: 10 - "\(offset)".count) + "\(offset) 00000 n \n" }
        text += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R /Info 3 0 R >>\nstartxref\n\(start)\n%%EOF\n"
        return Array(text.utf8)
    }
}
