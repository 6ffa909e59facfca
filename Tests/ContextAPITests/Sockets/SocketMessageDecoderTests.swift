import ContextCore
import ContextEngine
import FoundationEssentials
import Retrieval
import Testing

@testable import ContextAPI

@Suite struct SocketMessageDecoderTests {
    private static let dimensions = 3

    private func decode(_ text: String) throws(RefusedMessage) -> SocketMessage {
        try decode(Array(text.utf8))
    }

    private func decode(_ bytes: [UInt8]) throws(RefusedMessage) -> SocketMessage {
        var limits = SessionVectorLimits()
        limits.vectorsPerMessage = 4
        limits.metadataBytes = 40
        return try SocketMessageDecoder(dimensions: Self.dimensions, vectors: limits).decode(bytes)
    }

    private func refusal(_ text: String) -> RefusedMessage? {
        do {
            _ = try decode(text)
            return nil
        } catch {
            return error
        }
    }

    private func upload(_ vectors: String) throws -> UploadMessage {
        guard case .upload(let upload) = try decode(#"{"vectors":[\#(vectors)],"type":"uploadVectors"}"#).content else {
            throw NoUpload()
        }
        return upload
    }

    private struct NoUpload: Error {}

    @Test func `an upload becomes rows, whatever the order of its members`() throws {
        let upload = try upload(
            """
            {"id":"a","vector":[1, 2.5,-3e-1],"metadata":{ "k" : [ 1 , "x y" ] }},
            {"vector":[4,5,6],"unknown":{"deep":[{}]},"id":17}, {"metadata":null,"id":"c","vector":[0,0,1]}
            """
        )
        #expect(upload.vectors.rows.map(\.id) == [.string("a"), .number("17"), .string("c")])
        #expect(upload.vectors.rows.map(\.metadata) == [#"{"k":[1,"x y"]}"#, "{}", "{}"])
        #expect(upload.vectors.numbers == [1, 2.5, -0.3, 4, 5, 6, 0, 0, 1])
        #expect(upload.refused.isEmpty && !upload.replaces)
    }

    @Test(arguments: [
        (#"{"id":"chunk_0","vector":[1,2]}"#, "Vector chunk_0: Invalid dimensions: expected 3, got 2"),
        (#"{"id":"chunk_0","vector":[1,2,3,4]}"#, "Vector chunk_0: Invalid dimensions: expected 3, got 4"),
        (#"{"id":"chunk_0","vector":[]}"#, "Vector chunk_0: Invalid dimensions: expected 3, got 0"),
        (#"{"id":"chunk_0","vector":[1,NaN,3]}"#, "Vector chunk_0: Invalid vector values: contains NaN or Infinity"),
        (
            #"{"id":"chunk_0","vector":[1,-Infinity,3]}"#,
            "Vector chunk_0: Invalid vector values: contains NaN or Infinity"
        ),
        (#"{"id":"chunk_0","vector":[1,1e999,3]}"#, "Vector chunk_0: Invalid vector values: contains NaN or Infinity"),
        (#"{"id":"chunk_0","vector":[1,null,3]}"#, "Vector chunk_0: Invalid vector values: contains NaN or Infinity"),
        (#"{"id":7,"vector":[1,"2",3]}"#, "Vector 7: vector must be an array of numbers; element 1 is none"),
        (#"{"id":7,"vector":"AAAA"}"#, "Vector 7: vector must be an array of 3 numbers, not “AAAA”"),
        (#"{"id":7}"#, "Vector 7: vector is required: an array of 3 numbers"),
        (#"{"vector":[1,2,3]}"#, "Vector at index 1: id is required: a string or a number"),
        (#"{"id":null,"vector":[1,2,3]}"#, "Vector at index 1: id must be a string or a number, not null"),
        (#"{"id":{},"vector":[1,2,3]}"#, "Vector at index 1: id must be a string or a number, not an object"),
        (#"5"#, "Vector at index 1: must be an object with id and vector, not 5"),
        (#"{"id":"m","vector":[1,2,3],"metadata":[]}"#, "Vector m: metadata must be an object, not an array"),
        (
            #"{"id":"m","vector":[1,2,3],"metadata":{"a":NaN}}"#,
            "Vector m: metadata has NaN, Infinity or a number beyond a double, which JSON can't give back"
        ),
        (
            #"{"id":"m","vector":[1,2,3],"metadata":{"a":"0123456789012345678901234567890123"}}"#,
            "Vector m: Metadata too large: 42 bytes (max: 40 bytes)"
        ),
        (#"{"id":"m","vector":[1,2,3],"id":"n"}"#, "Vector n: The member “id” came twice"),
    ])
    func `a bad vector is refused alone, with its sentence`(vector: String, sentence: String) throws {
        let upload = try upload(#"{"id":"before","vector":[1,2,3]},\#(vector),{"id":"after","vector":[4,5,6]}"#)
        #expect(upload.refused == [sentence])
        #expect(upload.vectors.rows.map(\.id) == [.string("before"), .string("after")])
        #expect(upload.vectors.numbers == [1, 2, 3, 4, 5, 6])
    }

    @Test func `metadata is measured without the spaces between its tokens`() throws {
        let upload = try upload(
            #"{"id":"m","vector":[1,2,3],"metadata":{  "a"  :  "012345678901234567890123456789", "b": 1 }}"#
        )
        #expect(upload.refused == ["Vector m: Metadata too large: 44 bytes (max: 40 bytes)"])
        let exact = try self.upload(
            #"{"id":"m","vector":[1,2,3],"metadata": { "a" : "01234567890123456789012345678901" } }"#
        )
        #expect(exact.refused.isEmpty && exact.vectors.rows[0].metadata.utf8.count == 40)
    }

    @Test(arguments: [
        (
            #"{"type":"uploadVectors","requestId":"r","vectors":[1,2,3,4,5]}"#,
            "Upload batch size too large: 5 vectors (max: 4)"
        ),
        (#"{"type":"uploadVectors","requestId":"r"}"#, "vectors must be an array of vectors, not missing."),
        (
            #"{"type":"uploadVectors","requestId":"r","vectors":{}}"#,
            "vectors must be an array of vectors, not an object."
        ),
        (
            #"{"type":"uploadVectors","requestId":"r","vectors":[],"replace":"yes"}"#,
            "replace must be true or false, not “yes”."
        ),
        (#"{"requestId":"r"}"#, "type is required: one of \(MessageType.list)."),
        (#"{"type":7,"requestId":"r"}"#, "type must be a string, not 7."),
        (
            #"{"type":"uploadvectors","requestId":"r"}"#,
            "Unknown message type “uploadvectors”; use one of \(MessageType.list)."
        ),
        (#"{"type":"searchVectors","requestId":"r"}"#, "queryVector is required: an array of 3 numbers."),
        (#"{"type":"searchVectors","requestId":"r","queryVector":[1,2]}"#, "Invalid dimensions: expected 3, got 2"),
        (
            #"{"type":"searchVectors","requestId":"r","queryVector":[1,2,NaN]}"#,
            "Invalid vector values: contains NaN or Infinity"
        ),
        (
            #"{"type":"searchVectors","requestId":"r","queryVector":[1,2,3],"k":0}"#,
            "k must be a whole number from 1 to 100, not 0."
        ),
        (
            #"{"type":"searchVectors","requestId":"r","queryVector":[1,2,3],"k":101}"#,
            "k must be a whole number from 1 to 100, not 101."
        ),
        (
            #"{"type":"searchVectors","requestId":"r","queryVector":[1,2,3],"k":1.5}"#,
            "k must be a whole number from 1 to 100, not 1.5."
        ),
        (
            #"{"type":"searchVectors","requestId":"r","queryVector":[1,2,3],"k":NaN}"#,
            "k must be a whole number from 1 to 100, not NaN."
        ),
        (
            #"{"type":"searchVectors","requestId":"r","queryVector":[1,2,3],"threshold":-1}"#,
            "threshold must be a number from 0.0 to 1.0, not -1."
        ),
        (
            #"{"type":"searchVectors","requestId":"r","queryVector":[1,2,3],"metadataFilter":{"a":{"$eq":Infinity}}}"#,
            "metadataFilter has a number that is not finite, or beyond a double."
        ),
        (
            #"{"type":"deleteVectors","requestId":"r","ids":"a"}"#,
            "ids must be an array of strings or numbers, not “a”."
        ),
        (
            #"{"type":"deleteVectors","requestId":"r","ids":["a",true]}"#,
            "ids must be an array of strings or numbers; it has true."
        ),
        (#"{"type":"prompt","requestId":"r","prompt":" \n"}"#, "prompt is required: a text that is not blank."),
        (
            #"{"type":"prompt","requestId":"r","request":{"prompt":"x","maxTokens":0}}"#,
            "maxTokens must be a whole number from 1 to 2147483647, not 0."
        ),
        (
            #"{"type":"prompt","requestId":"r","prompt":"x","useVectors":{"k":0}}"#,
            "k must be a whole number from 1 to 100, not 0."
        ),
        (
            #"{"type":"prompt","requestId":"r","prompt":"x","useVectors":7}"#,
            #"useVectors must be an object such as {"k":5}, or true or false, not 7."#
        ),
        (#"{"type":"ping","requestId":"r","request_id":"s"}"#, "The member “request_id” came twice."),
    ])
    func `a message is refused with a sentence that says why, and with its request id`(text: String, sentence: String) {
        let refusal = refusal(text)
        #expect(refusal?.error.message == sentence)
        #expect(refusal?.reference.requestID?.isNumber == false)
    }

    @Test(
        arguments: [
            (#"[{"id":"a","vector":[1,2,3]},{"id":"b","vector":[4,5,6]}]"#, #"[{"id":"c","vector":[7,8,9]}]"#),
            (#"[{"id":"a","vector":[1,2,3]}]"#, "[" + String(repeating: " ", count: 200) + "]"),
            (#"[{"id":"a","vector":[1,2,3]}]"#, "null"), (#"[{"id":"a","vector":[1,2,3]}]"#, "7"),
            ("null", #"[{"id":"a","vector":[1,2,3]}]"#), ("7", #"[{"id":"a","vector":[1,2,3]}]"#),
        ]
    )
    func `vectors that come twice are refused, whichever of them is an array`(first: String, second: String) {
        for type in ["uploadVectors", "ping"] {
            let refusal = refusal(#"{"type":"\#(type)","requestId":"r","vectors":\#(first),"vectors":\#(second)}"#)
            #expect(refusal?.error.message == "The member “vectors” came twice.")
            #expect(refusal?.error.code == "invalid_request" && refusal?.error.parameter == "vectors")
            #expect(refusal?.reference.requestID == .string("r"))
        }
    }

    @Test func `a second array read by the same reader replaces the first`() throws {
        let text = Array(#"[{"id":"a","vector":[1,2,3]},5][         ]"#.utf8)
        try text.withUnsafeBytes { bytes in
            var upload = UploadReader(dimensions: Self.dimensions, limits: SessionVectorLimits())
            var reader = JSONReader(bytes)
            for numbers in [[1, 2, 3], []] as [[Float]] {
                try upload.read(&reader)
                let message = try upload.message(replaces: false, MessageFields())
                #expect(message.vectors.numbers == numbers && message.vectors.rows.count == numbers.count / 3)
                #expect(message.refused.count == numbers.count / 3)
            }
        }
    }

    @Test func `an unknown operator of a filter is named, and a filter 100 levels deep is too deep`() {
        func search(_ filter: String) -> String {
            #"{"type":"searchVectors","requestId":1,"queryVector":[1,2,3],"metadataFilter":\#(filter)}"#
        }
        #expect(refusal(search(#"{"a":{"$regex":"x"}}"#))?.error.message.contains("“$regex”") == true)
        let nested = String(repeating: #"{"$not":"#, count: 40) + "{}" + String(repeating: "}", count: 40)
        #expect(refusal(search(nested))?.error.message.contains("16 levels") == true)
        let deep = String(repeating: #"{"$not":"#, count: 100) + "{}" + String(repeating: "}", count: 100)
        #expect(refusal(search(deep))?.error.message.contains("64 levels") == true)
        #expect(refusal(search(deep))?.reference.requestID == .number("1"))
        #expect(refusal(search("null")) == nil)
    }

    @Test func `names come in camel case and in snake case, ids as strings and as numbers`() throws {
        for name in ["session_init", "sessionInit"] {
            for member in ["enableRag", "enable_rag"] {
                let message = try decode(
                    #"{"type":"\#(name)","id":12345678901234567890123,"session_id":"s","\#(member)":false}"#
                )
                guard case .initialize(let initialization) = message.content else { throw NoUpload() }
                #expect(message.reference.id == .number("12345678901234567890123"))
                #expect(initialization.sessionID == .string("s") && initialization.enablesRAG == false)
            }
        }
        let message = try decode(
            #"{"type":"search_vectors","request_id":1.0,"query_vector":[1,2,3],"metadata_filter":{"a":1}}"#
        )
        guard case .search(let search) = message.content else { throw NoUpload() }
        #expect(message.reference.requestID == .number("1.0") && search.count == 5 && search.filter != nil)
    }

    @Test(arguments: ["prompt", "inference"]) func `a prompt's members stand beside its type or under request`(
        type: String
    ) throws {
        let members =
            #""prompt":"Why?","max_tokens":9,"stream":false,"conversationContext":["a",{"role":"user","content":"b"}],"useVectors":{"k":2,"threshold":0.5}"#
        for text in [
            #"{"type":"\#(type)","id":"p",\#(members)}"#, #"{"type":"\#(type)","id":"p","request":{\#(members)}}"#,
        ] {
            let message = try decode(text)
            guard case .prompt(let prompt) = message.content else { throw NoUpload() }
            #expect(message.reference.prompt == .string("p"))
            #expect(prompt.prompt == "Why?" && prompt.maximumTokens == 9 && !prompt.streams)
            #expect(prompt.conversation == [.init(role: "context", text: "a"), .init(role: "user", text: "b")])
            #expect(prompt.vectors == PromptRequest.VectorUse(count: 2, threshold: 0.5))
        }
    }

    @Test func `every cut of a message is refused, with the ids that were readable`() throws {
        let text =
            #"{"requestId":"r","type":"uploadVectors","vectors":[{"id":"a","vector":[1,2,3],"metadata":{"t":"x"}}]}"#
        let bytes = Array(text.utf8)
        _ = try decode(bytes)
        for count in 0..<bytes.count {
            let error = #expect(throws: RefusedMessage.self) { try decode(Array(bytes.prefix(count))) }
            #expect(error?.error.code == "invalid_json")
            if count > 17 { #expect(error?.reference.requestID == .string("r")) }
        }
    }
}
