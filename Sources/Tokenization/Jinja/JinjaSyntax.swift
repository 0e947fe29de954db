/// What a template computes.
indirect enum JinjaExpression {
    case literal(JinjaValue)
    case name(String)
    case list([JinjaExpression])
    case map([(JinjaExpression, JinjaExpression)])
    case attribute(JinjaExpression, String)
    case index(JinjaExpression, JinjaExpression)
    case slice(JinjaExpression, JinjaExpression?, JinjaExpression?, JinjaExpression?)
    case call(JinjaExpression, JinjaArguments)
    case filter(JinjaExpression, String, JinjaArguments)
    case test(JinjaExpression, String, JinjaArguments, isNegated: Bool)
    case not(JinjaExpression)
    case negative(JinjaExpression)
    case binary(String, JinjaExpression, JinjaExpression)
    case choice(JinjaExpression, JinjaExpression, otherwise: JinjaExpression?)
}

/// What a function, filter or test is given.
struct JinjaArguments {
    var positional: [JinjaExpression] = []
    var named: [(String, JinjaExpression)] = []
}

/// What a template does.
indirect enum JinjaStatement {
    case text(String)
    case output(JinjaExpression)
    case set(JinjaTarget, JinjaExpression)
    case setBlock(JinjaTarget, [JinjaStatement])
    case condition([(JinjaExpression, [JinjaStatement])], otherwise: [JinjaStatement])
    case loop(JinjaLoop)
    case macro(String, JinjaMacro)
    case leave
    case proceed
}

/// What is set.
enum JinjaTarget {
    case names([String])
    case attribute(String, String)
}

/// A loop over the elements of a list.
struct JinjaLoop {
    var names: [String]
    var elements: JinjaExpression
    var condition: JinjaExpression?
    var body: [JinjaStatement]
    var otherwise: [JinjaStatement]
}
