// Describes the control surface: every request under `/__admin`.
import Basics
import StrictJSON

/// The control surface as an OpenAPI document.
enum ControlDescription {
  static var document: JSONValue {
    APIDescription(
      title: "Avatar Relay mock provider: control surface",
      about: """
        What a test asks of a mock, and has it do. It serves programs and pages of this machine, and whom --admin-allow \
        names. Bodies are read as JSON whatever their media type is said to be; an empty body is an empty object. What is of a \
        scenario is asked for with its name, in the header X-Mock-Scenario or as ?scenario=.
        """,
      operations: reading + journal + judging + faults + changing + descriptions, schemas: ControlSchemas.all
    ).document
  }

  private typealias Operation = APIDescription.Operation
  private typealias Answer = APIDescription.Answer

  private static func operation(
    _ method: String, _ path: String, _ id: String, _ summary: String, parameters: [JSONValue] = [],
    body: JSONValue? = nil, needsBody: Bool = true, _ answer: JSONValue, status: Int = 200
  ) -> Operation {
    var answers = [Answer(status: status, about: "Done", schema: answer), forbidden, tooLarge, busy]
    if body != nil || parameters.contains(where: { $0["in"] == "query" }) { answers.append(invalid) }
    return Operation(
      method: method, path: "\(AdminRoute.prefix)/\(path)", id: id, summary: summary, parameters: parameters,
      body: body, needsBody: needsBody, answers: answers)
  }

  private static let refusal = Schema.named("Refusal")
  private static let forbidden = Answer(
    status: 403, about: "The request is from elsewhere than this machine and the addresses that --admin-allow names",
    schema: refusal, isReadable: false)
  private static let tooLarge = Answer(
    status: 413, about: "A body of more than \(VendorCall.maximumBodyBytes) bytes", schema: refusal)
  private static let invalid = Answer(
    status: 400, about: "The body or the query is not what is taken here", schema: refusal)

  private static let busy = Answer(status: 503, about: "Too many scenarios, or too many that wait", schema: refusal)
  private static let unmet = Answer(
    status: 409, about: "What is expected is not so; with the calls that came nearest", schema: Schema.named("Unmet"))

  private static func query(_ name: String, _ schema: JSONValue, _ about: String) -> JSONValue {
    APIDescription.parameter(name, in: "query", schema, about: about)
  }

  private static var reading: [Operation] {
    [
      operation("GET", "health", "health", "Says that the mock is there", Schema.named("Done")),
      operation("GET", "settings", "settings", "The settings, without the key", Schema.named("Settings")),
      operation(
        "GET", "errors", "errors", "Both vendors' errors by name, with source and date", Schema.named("Errors")),
      operation(
        "GET", "sessions", "sessions", "Sessions with state, limits and talks",
        parameters: [
          query("vendor", Schema.choice(of: Vendor.self), "Only this vendor's"),
          query(
            "state", Schema.choice(of: SessionFilter.State.self), "Only sessions in this state; `open` is all but `ended`"),
        ], Schema.named("Sessions")),
    ]
  }

  private static var journal: [Operation] {
    [
      operation(
        "GET", "requests", "requests", "The journal, oldest first",
        parameters: [
          query("call", Schema.choice(of: CallName.self), "Only this call's entries"),
          query("session", Schema.string(), "Only entries about this session"),
        ], Schema.named("Journal")),
      operation("DELETE", "requests", "clearRequests", "Forgets the journal", Schema.named("Done")),
      operation(
        "GET", "requests/unmatched", "unmatched", "Requests of no route, each with the nearest one",
        Schema.named("Journal")),
    ]
  }

  /// What judges calls and sessions; some of it waits.
  private static var judging: [Operation] {
    func judged(_ path: String, _ id: String, _ summary: String, _ body: String, _ answer: String) -> Operation {
      let done = operation("POST", path, id, summary, body: Schema.named(body), needsBody: false, Schema.named(answer))
      return Operation(
        method: done.method, path: done.path, id: id, summary: summary, body: done.body, needsBody: done.needsBody,
        answers: done.answers + [unmet])
    }
    return [
      operation(
        "POST", "requests/find", "findRequests", "The calls that match", body: Schema.named("Match"), needsBody: false,
        Schema.named("Journal")),
      judged("requests/verify", "verifyRequests", "So many calls match", "Expected", "Journal"),
      judged("requests/order", "orderRequests", "Calls came in this order", "Order", "Journal"),
      judged("requests/wait", "waitForRequests", "Waits until calls match", "Wait", "Journal"),
      judged("sessions/wait", "waitForSessions", "Waits until so many sessions are open", "SessionWait", "OpenSessions"),
    ]
  }

  private static var faults: [Operation] {
    [
      operation("GET", "messages", "messageFaults", "What goes wrong with messages of data channels", Schema.named("MessageFaults")),
      operation(
        "POST", "messages", "addMessageFault", "Has the next messages that match go wrong", body: Schema.named("MessageFault"),
        Schema.named("MessageFault"), status: 201),
      operation("DELETE", "messages", "clearMessageFaults", "Forgets these faults", Schema.named("MessageFaults")),
      operation("GET", "faults", "faults", "The faults that wait", Schema.named("Faults")),
      operation(
        "POST", "faults", "addFault", "Answers the next calls that match otherwise", body: Schema.named("FaultWanted"),
        Schema.named("Fault"), status: 201),
      operation("DELETE", "faults", "clearFaults", "Forgets the faults that wait", Schema.named("Faults")),
    ]
  }

  private static var changing: [Operation] {
    [
      operation("GET", "scenarios", "scenarios", "The scenarios that are open", Schema.named("Scenarios")),
      operation(
        "DELETE", "scenarios", "forgetScenario", "Ends a scenario",
        parameters: [query("scenario", Schema.string(bytes: 1...ScenarioName.maximumBytes), "Its name, unless the header has it")],
        Schema.named("Scenarios")),
      operation("GET", "clock", "clock", "The time since the start", Schema.named("Clock")),
      operation(
        "POST", "clock", "advance", "Moves the clock forward, stops it, or lets it go on", body: Schema.named("Advance"), Schema.named("Clock")),
      operation("GET", "media", "media", "Voice, addresses, counters, and what goes wrong", Schema.named("Media")),
      operation(
        "POST", "media", "setMedia", "Has media go wrong: that of new sessions, or the path of one",
        body: Schema.named("MediaWanted"), needsBody: false, Schema.named("Media")),
      operation(
        "POST", "reset", "reset", "Begins anew: sessions, faults, tokens and journal are gone, the clock shows zero", Schema.named("Done")),
      operation("DELETE", "reset", "resetToo", "The same", Schema.named("Done")),
    ]
  }

  private static var descriptions: [Operation] {
    let document = Schema.object(
      [("openapi", Schema.constant("3.1.0")), ("info", Schema.anyObject), ("paths", Schema.anyObject)],
      required: ["openapi", "info", "paths"])
    return [
      operation("GET", "openapi.json", "describeControl", "This document", document),
      operation("GET", "openapi/did.json", "describeDID", "What the mock answers for D-ID", document),
      operation("GET", "openapi/heygen.json", "describeHeyGen", "What the mock answers for HeyGen", document),
    ]
  }
}
