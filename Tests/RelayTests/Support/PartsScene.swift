// Plays a session whose talks are spoken in parts.
import AvatarProvider
import Basics
import SessionValues
import Signaling

@testable import Relay

/// A session that is live at a provider of that kind, and what is asked of it in one line each.
struct PartsScene {
  var fixture: RegistryFixture
  let provider: MadeUpProvider
  var browser: MadeUpConnection
  let session: SessionID

  init(_ parts: SessionCapabilities.Parts, _ fixture: RegistryFixture = RegistryFixture()) {
    self.fixture = fixture
    provider = parts == .native ? fixture.native : fixture.joined
    browser = self.fixture.connect()
    session = self.fixture.open(parts.rawValue, on: browser)
    self.fixture.send(.answer(session: session, .sampleAnswer), on: browser)
    self.fixture.send(.report(session: session, .iceConnectionState(.connected)), on: browser)
  }

  mutating func begin(_ text: String = "") -> RequestID {
    fixture.send(.beginSpeak(session: session, Script(.text(text), options: ["voice": "v"])), on: browser)
  }
  mutating func part(_ index: Int64, _ text: String, of talk: String, id: Int64? = nil) -> RequestID {
    let part = TextPart(talk: talk, index: index, text: text)
    return fixture.send(.speakPart(session: session, part), id: id, on: browser)
  }
  mutating func end(_ index: Int64, of talk: String) -> RequestID {
    fixture.send(.speakEnd(session: session, talk: talk, index: index), on: browser)
  }
  mutating func interrupt(_ talk: String? = nil) -> RequestID {
    fixture.send(.interrupt(session: session, talk: talk), on: browser)
  }
  mutating func speak(_ text: String) -> RequestID {
    fixture.send(.speak(session: session, Script(.text(text))), on: browser)
  }

  /// The answer in a word: `ok`, `over`, `talk t1`, or the kind of an error; nil for none.
  func answer(_ request: RequestID) -> String? {
    switch browser.answers(to: request).first {
    case .result(_, .empty, _): "ok"
    case .result(_, .talkOver, _): "over"
    case .result(_, .talk(let id, _), _): "talk \(id)"
    case .result(_, .interrupted(_, let isPending), _): isPending ? "interrupted later" : "interrupted"
    case .error(_, let error): error.kind.rawValue
    case nil, .result, .notification: nil
    }
  }
  /// What the provider was asked from the first talk on.
  var asked: [String] { Array(provider.journal.drop { !$0.hasPrefix("speak") }) }
  var phases: [String] {
    browser.events(of: session).compactMap { event in
      guard case .talk(let id, let phase) = event else { return nil }
      return switch phase {
      case .accepted: "\(id) accepted"
      case .started(let estimated): "\(id) started\(estimated ? "?" : "")"
      case .ended(let estimated): "\(id) ended\(estimated ? "?" : "")"
      case .failed(let error): "\(id) failed \(error.kind.rawValue)"
      }
    }
  }
}
