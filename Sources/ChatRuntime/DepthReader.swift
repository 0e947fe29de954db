import ChatInterface
import InferenceEngine

/// Answers questions about depth: what the model would have said after each block, and with other grades.
struct DepthReader: Sendable {
    let engine: InferenceEngine
    /// Is told of each answer.
    let tell: @Sendable (DepthAnswer) -> Void

    /// Tokens between two answers about a turn, so that the map fills as it is computed.
    private static let tokens = 16

    /// Answers a question, unless the task is cancelled.
    func answer(_ question: DepthQuestion) async {
        do {
            var record = try await engine.record(
                of: question.conversation, maximumTokens: question.maximumTokens)
            guard let places = record.note(question.turn) else {
                return tell(
                    .failed(
                        "These tokens are not in the context any more: they belong to another version, or were dropped."
                    ))
            }
            switch question.aim {
            case .token(let place):
                let (position, ordinal) = (places.lowerBound + place, question.firstOrdinal + place)
                tell(.lens(try await engine.lens(at: position, in: record, top: 1), ordinal: ordinal))
                let whatIf = try await engine.whatIf(question.changes, at: position, in: record)
                tell(.whatIf(whatIf, ordinal: ordinal))
            case .turn:
                var readings: [LogitLens.Reading] = []
                for start in stride(from: places.lowerBound, to: places.upperBound, by: Self.tokens) {
                    let part = start..<min(start + Self.tokens, places.upperBound)
                    let new = try await engine.lens(at: part, in: record, top: 1)
                    readings += new
                    tell(
                        .settled(new.map(\.settled), from: question.firstOrdinal + start - places.lowerBound))
                }
                tell(.correlation(LogitLens.correlation(of: readings), tokens: readings.count))
            }
        } catch is CancellationError {
        } catch {
            tell(.failed("\(error)"))
        }
    }
}
