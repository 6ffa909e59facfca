import ContextCore
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import LanguageModels

struct `A calibration` {
    @Test func `begins at the tokenizer's own margin, and shrinks to what the provider counts`() {
        var calibration = TokenCalibration(margin: 1.1)
        #expect(calibration.factor == 1.1)
        for _ in 0..<(TokenCalibration.minimum - 1) {
            calibration.learn(reported: 900, counted: 1_000)
            #expect(calibration.factor >= 1.1)
        }
        for _ in 0..<40 { calibration.learn(reported: 900, counted: 1_000) }
        #expect(calibration.factor > 0.9 && calibration.factor < 0.93)
    }

    @Test func `is above every ratio that it has just seen, and within its bounds`() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            var calibration = TokenCalibration(margin: 1.1)
            for _ in 0..<60 {
                let reported = generator.below(5_000)
                let counted = Double(generator.below(5_000))
                let before = calibration
                calibration.learn(reported: reported, counted: counted)
                let ratio = Double(reported) / counted
                if counted >= Double(TokenCalibration.shortest), TokenCalibration.bounds.contains(ratio) {
                    #expect(calibration.factor >= min(ratio, before.factor))
                    if ratio > before.factor { #expect(calibration.factor >= ratio) }
                } else {
                    #expect(calibration == before)
                }
                #expect(TokenCalibration.bounds.contains(calibration.factor))
            }
        }
    }

    @Test func `is too low for few of many prompts that differ`() {
        var generator = SeededGenerator(seed: 2)
        var calibration = TokenCalibration(margin: 1.1)
        var tooLow = 0
        for number in 0..<1_000 {
            let ratio = 0.85 + Double(generator.below(200)) / 1_000
            if number >= 50, calibration.factor < ratio { tooLow += 1 }
            calibration.learn(reported: Int(ratio * 2_000), counted: 2_000)
        }
        #expect(tooLow < 20)
        #expect(calibration.factor < 1.3)
    }
}

struct `Token accounting` {
    private let name = ModelName(provider: "scripted", model: "a")

    @Test func `measures for the one of several models that counts most`() {
        let accounting = TokenAccounting()
        let meter = accounting.meter(TokenEstimator(), for: [name])
        #expect(meter.factor == 1.1)
        accounting.learn(reported: 3_000, planned: 2_200, by: meter, from: name)
        let other = ModelName(provider: "scripted", model: "b")
        #expect(accounting.meter(TokenEstimator(), for: [name]).factor >= 1.5)
        #expect(accounting.meter(TokenEstimator(), for: [other]).factor == 1.1)
        #expect(accounting.meter(TokenEstimator(), for: [other, name]).factor >= 1.5)
    }

    @Test func `does not grow with the names of models`() {
        var configuration = TokenAccounting.Configuration()
        configuration.models = 8
        let accounting = TokenAccounting(configuration)
        let meter = accounting.meter(TokenEstimator(), for: [name])
        accounting.learn(reported: 3_000, planned: 2_200, by: meter, from: name)
        for number in 0..<100 {
            let other = ModelName(provider: "scripted", model: "random-\(number)")
            accounting.learn(reported: 2_000, planned: 2_200, by: meter, from: other)
        }
        // Forgotten, and so on the safe side again.
        #expect(accounting.meter(TokenEstimator(), for: [name]).factor == 1.1)
    }

    /// Counts 42, or hangs.
    private final class Counting: LanguageModel {
        let name = ModelName(provider: "scripted", model: "counting")
        let hangs: Bool
        let asked = Mutex(0)
        var countsTokens: Bool { true }

        init(hangs: Bool) {
            self.hangs = hangs
        }

        func respond(to request: ModelRequest, _ receive: (ModelEvent) async throws -> Void) async throws {}

        func countTokens(of request: ModelRequest) async throws -> Int? {
            asked.withLock { $0 += 1 }
            if hangs { try await Task.sleep(for: .seconds(600)) }
            return 42
        }
    }

    @Test func `asks a provider once for a prompt, and waits no longer than it may`() async throws {
        var configuration = TokenAccounting.Configuration()
        configuration.countTimeout = .milliseconds(50)
        let accounting = TokenAccounting(configuration)
        let quick = Counting(hangs: false)
        let request = ModelRequest([Message(.user, "?")])
        #expect(try await accounting.count(request, by: quick, label: "x") == 42)
        #expect(try await accounting.count(request, by: quick, label: "x") == 42)
        #expect(quick.asked.withLock(\.self) == 1)
        #expect(try await accounting.count(ModelRequest([Message(.user, "!")]), by: quick, label: "x") == 42)
        #expect(quick.asked.withLock(\.self) == 2)
        let slow = ModelRequest([Message(.user, "…")])
        #expect(try await accounting.count(slow, by: Counting(hangs: true), label: "x") == nil)
    }

    @Test func `counts pictures and calls of tools`() {
        let meter = TokenMeter(TokenEstimator(), factor: 1, perImage: 700)
        let text = Message(.user, "What is this?")
        let picture = Message(.user, [.text("What is this?"), .image(.url("http://x/y.png"))])
        #expect(meter.count(picture) == meter.count(text) + 700)
        let call = Message(.assistant, [], toolCalls: [ToolCall(id: "1", name: "look", arguments: #"{"where":"sea"}"#)])
        #expect(meter.count(call) > meter.count(Message(.assistant, "")))
    }
}
