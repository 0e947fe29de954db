import MoDModel
package import Tokenization

/// What the tokens of a reply mean.
package struct ReplyVocabulary {
    package let tokenizer: Tokenizer
    /// The tokens with which a reply ends.
    private let endings: Set<Int32>

    /// Beside the end of the turn these are the ends of a text and `<|im_start|>`: a model that opens another turn has
    /// ended its own.
    package init(_ tokenizer: Tokenizer, template: ChatTemplate) {
        self.tokenizer = tokenizer
        let others = [
            tokenizer.endOfText, tokenizer.controlToken("<|endoftext|>"),
            tokenizer.controlToken("<|im_start|>"),
        ]
        endings = Set(others.compactMap { $0 } + [template.endOfTurn])
    }

    /// Whether the reply is over with this token.
    func endsReply(_ id: Int32) -> Bool {
        endings.contains(id)
    }

    /// What a token reads as by itself.
    func text(of id: Int32) -> String {
        tokenizer.text(of: id)
    }

    /// The record of a drawn token.
    func token(
        _ draw: Sampler.Draw, delta: String, routing: TokenRouting?, by setting: RoutingSetting
    ) -> GeneratedToken {
        GeneratedToken(
            id: draw.id,
            text: text(of: draw.id),
            delta: delta,
            probability: draw.probability,
            entropy: draw.entropy,
            runnersUp: draw.runnersUp.map { id, probability in
                GeneratedToken.Candidate(id: id, text: text(of: id), probability: probability)
            },
            routing: routing,
            capacity: setting.capacity,
            policy: setting.policy
        )
    }
}
