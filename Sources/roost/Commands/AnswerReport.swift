import ContextAPI
import ContextEngine
import LanguageModels

/// The answer to a single question as JSON; citations have the numbers of the text.
struct AnswerReport: Encodable {
    let answer: String
    let citations: [Citation]

    /// Who answered.
    let model: String
    let context: TurnContext?
    let usage: UsageReport
    let finishReason: String?

    /// That nobody generated it; else nothing.
    let note: String?

    init(_ answer: QuestionAnswer) {
        let closing = answer.isExtractive ? ExtractiveModel.closing : ""
        let text = answer.answer.text
        self.answer = text.hasSuffix(closing) ? String(text.dropLast(closing.count)).trimmingLineBreaks : text
        citations = answer.outcome.citations
        model = answer.answer.model.description
        context = answer.context
        usage = UsageReport(answer.answer.usage)
        finishReason = answer.answer.finish?.openAIName
        note = answer.isExtractive ? ExtractiveModel.disclosure : nil
    }

    private enum CodingKeys: String, CodingKey {
        case answer, citations, model, context, usage, note
        case finishReason = "finish_reason"
    }
}

extension String {
    fileprivate var trimmingLineBreaks: String {
        var text = self[...]
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }
}
