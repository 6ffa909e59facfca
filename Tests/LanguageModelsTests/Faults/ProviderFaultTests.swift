import ContextCore
import HTTP
import LanguageModels
import Testing

extension FaultTests {
    /// A provider that misbehaves on the wire, in each format; each failure has its kind, and each request is sent once.
    @Suite struct `A provider that fails` {
        /// Short enough for a test, for what must run out; what must not run out has the defaults.
        private static let short = Duration.milliseconds(200)

        @Test(arguments: WireFormat.allCases)
        func `with 429 is told as a limit of rate, with the pause it asks for if any`(format: WireFormat) async throws {
            let body = format.error("rate_limit_error", "slowly")
            let patient = try await outcome(format, [.write(WireFormat.json(body, 429, "Retry-After: 7\r\n"))])
            #expect(patient.error?.kind == .rateLimited)
            #expect(patient.error?.retryAfter == .seconds(7))
            #expect(patient.error?.message == "slowly")
            let silent = try await outcome(format, [.write(WireFormat.json(body, 429))])
            #expect(silent.error?.kind == .rateLimited)
            #expect(silent.error?.retryAfter == nil)
            #expect((patient.requests, silent.requests) == (1, 1))
        }

        @Test(arguments: WireFormat.allCases)
        func `with 500 has failed, whatever its body is`(format: WireFormat) async throws {
            for body in [format.error("api_error", "oops"), "<html>oops</html>", ""] {
                let outcome = try await outcome(format, [.write(WireFormat.json(body, 500))])
                #expect(outcome.error?.kind == .failed)
                #expect(outcome.error?.status == 500)
                #expect(outcome.requests == 1)
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `in an event has that error's kind`(format: WireFormat) async throws {
            let error = format.event(format.error("api_error", "oops"))
            let outcome = try await outcome(format, [.write(format.head + format.token("a") + error), .close])
            #expect(outcome.error?.kind == .failed)
            #expect(outcome.error?.message == "oops")
            #expect(outcome.text == "a")
        }

        @Test(arguments: WireFormat.allCases)
        func `to listen is unreachable`(format: WireFormat) async throws {
            let error = try await withProvider([.close]) { _, client in
                // Port 1 of this machine has no listener.
                let model = try format.model(at: "http://127.0.0.1:1", client)
                return await #expect(throws: ModelError.self) { try await model.respond(to: .question) { _ in } }
            }
            #expect(error?.kind == .unreachable)
        }

        @Test func `to take connections has its own limit of time`() async throws {
            let full = try FullListener()
            let error = try await withProvider([.close]) { _, client in
                let model = try WireFormat.openai.model(at: "http://127.0.0.1:\(full.port)", client) {
                    $0.connect = Self.short
                    $0.firstToken = .seconds(5)
                }
                return await #expect(throws: ModelError.self) { try await model.respond(to: .question) { _ in } }
            }
            #expect(error?.kind == .connectTimeout)
        }

        @Test(arguments: WireFormat.allCases)
        func `by hanging up has lost the connection, wherever it stopped`(format: WireFormat) async throws {
            let token = format.token("b")
            let half = String(token.prefix(token.count / 2))
            for (said, expected) in [
                ("", ""), ("HTTP/1.1 200 OK\r\nConte", ""), (format.head, ""), (format.head + format.beginning, ""),
                (format.head + format.token("a"), "a"), (format.head + format.token("a") + half, "a"),
            ] {
                let closed = try await outcome(format, [.write(said), .close])
                // A half line is not JSON: either way of telling a stream that broke there is right.
                #expect([.connectionLost, .malformed].contains(closed.error?.kind), "\(said)")
                #expect(closed.text == expected)
                // The pause lets arrive what a reset would throw away.
                let reset = try await outcome(format, [.write(said), .pause(.milliseconds(50)), .reset])
                #expect(reset.error?.kind == .connectionLost, "\(said)")
                #expect(reset.text == expected)
                #expect((closed.requests, reset.requests) == (1, 1), "\(said)")
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `to say a first token in time is told so`(format: WireFormat) async throws {
            let pings = (0..<400).flatMap { _ in [FakeProvider.Step.pause(.milliseconds(20)), .write(format.ping)] }
            for steps: [FakeProvider.Step] in [
                [.hold], [.write(format.head), .hold], [.write(format.head + format.beginning), .hold],
                [.write(format.head)] + pings,
            ] {
                let outcome = try await outcome(format, steps) { $0.firstToken = Self.short }
                #expect(outcome.error?.kind == .firstTokenTimeout)
                // On a busy machine the time may be over before the request was read.
                #expect(outcome.requests <= 1)
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `to go on is silent, and pings are no words`(format: WireFormat) async throws {
            let pings = (0..<400).flatMap { _ in [FakeProvider.Step.pause(.milliseconds(20)), .write(format.ping)] }
            let half = String(format.token("b").dropLast(10))
            for steps in [[.hold], [.write(half), .hold], pings] {
                let outcome = try await outcome(format, [.write(format.head + format.token("a"))] + steps) {
                    $0.silence = Self.short
                }
                #expect(outcome.error?.kind == .silence)
                #expect(outcome.text == "a")
                #expect(outcome.requests == 1)
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `to speak its format is malformed, and quoted`(format: WireFormat) async throws {
            for nonsense in ["{\"choices\":", "hello", "[1]"] {
                let text = format.head + format.token("a") + format.event(nonsense)
                let outcome = try await outcome(format, [.write(text), .close])
                #expect(outcome.error?.kind == .malformed)
                #expect(outcome.error?.message.contains(nonsense) == true)
                #expect(outcome.text == "a")
            }
        }

        @Test(arguments: WireFormat.allCases)
        func `by answering something else is malformed`(format: WireFormat) async throws {
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"
            #expect(try await outcome(format, [.write(page)]).error?.kind == .malformed)
            for body in ["{}", "[]", "", #"{"detail":"hi"}"#] {
                let outcome = try await outcome(format, [.write(WireFormat.json(body))])
                #expect(outcome.error?.kind == .malformed, "\(body)")
            }
            let failure = try await outcome(format, [.write(WireFormat.json(format.error("api_error", "oops")))])
            #expect(failure.error?.kind == .failed)
            #expect(failure.error?.message == "oops")
        }

        @Test(arguments: [WireFormat.openai, .ollama])
        func `to end an event is malformed at the limit`(format: WireFormat) async throws {
            let outcome = try await outcome(
                format,
                [.write(format.head + (format == .ollama ? "" : "data: ")), .flood("x")]
            )
            #expect(outcome.error?.kind == .malformed)
            #expect(outcome.requests == 1)
        }
    }

    @Suite struct `A provider that is odd` {
        private let usage = TokenUsage(input: 5, output: 2)

        @Test(arguments: WireFormat.allCases)
        func `but right about JSON where a stream was asked for is understood`(format: WireFormat) async throws {
            let outcome = try await outcome(format, [.write(WireFormat.json(format.whole))])
            #expect(outcome.text == "ab")
            #expect(outcome.usage == usage)
            #expect(outcome.error == nil)
        }

        @Test(arguments: WireFormat.allCases)
        func `and drips byte by byte is waited for`(format: WireFormat) async throws {
            let text = format.beginning + format.token("a") + format.token("b") + format.end
            let drip = text.flatMap { [FakeProvider.Step.write(String($0)), .pause(.milliseconds(1))] }
            let outcome = try await outcome(format, [.write(format.head)] + drip + [.close])
            #expect(outcome.text == "ab")
            #expect(outcome.usage == usage)
            #expect(outcome.error == nil)
        }

        @Test(arguments: WireFormat.allCases)
        func `and thinks for long is not silent`(format: WireFormat) async throws {
            let thoughts = (0..<60).flatMap { _ in [FakeProvider.Step.write(format.thought), .pause(.milliseconds(40))]
            }
            let steps = [.write(format.head + format.beginning)] + thoughts + [.write(format.token("ab") + format.end)]
            let outcome = try await outcome(format, steps + [.close]) {
                $0.firstToken = .seconds(2)
                $0.silence = .seconds(2)
            }
            #expect(outcome.text == "ab")
            #expect(outcome.error == nil)
        }

        @Test(arguments: WireFormat.allCases)
        func `and stays on the line after its answer is left`(format: WireFormat) async throws {
            for end: [FakeProvider.Step] in [[.hold], [.flood(format.ping)], [.pause(.milliseconds(10)), .reset]] {
                let steps = [.write(format.head + format.beginning + format.token("ab") + format.end)] + end
                let outcome = try await outcome(format, steps)
                #expect(outcome.text == "ab")
                #expect(outcome.usage?.output == 2)
                #expect(outcome.error == nil)
            }
        }
    }
}
