// A voice whose utterances are ready when the test says so.
import Synchronization
import TalkingAvatar

/// Says every utterance as a second of tone for each word, once it was released.
final class ScriptedVoice: Voice {
  private struct State {
    var waiting: [String: CheckedContinuation<Void, Never>] = [:]
    var released: Set<String> = []
    var asked: [Utterance] = []
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  let name = "scripted"
  private let state = Mutex(State())
  private let isPatient: Bool

  /// - Parameter isPatient: false has every utterance ready at once.
  init(isPatient: Bool = true) { self.isPatient = isPatient }

  var asked: [Utterance] { state.withLock { $0.asked } }

  /// Returns once so many utterances were asked for.
  func waitForUtterances(_ count: Int) async {
    await withCheckedContinuation { continuation in
      state.withLock { $0.watchers.append((count, continuation)) }
      tellWatchers()
    }
  }

  /// Has an utterance ready.
  func release(_ text: String) {
    let continuation = state.withLock { state in
      state.released.insert(text)
      return state.waiting.removeValue(forKey: text)
    }
    continuation?.resume()
  }

  func speak(_ utterance: Utterance) async throws(SpeechError) -> Speech {
    guard case .text(let text) = utterance.content else { throw SpeechError(.audio(.notWAV)) }
    state.withLock { $0.asked.append(utterance) }
    tellWatchers()
    if isPatient { await wait(for: text) }
    if text.hasPrefix("unspeakable") { throw SpeechError(.textTooLong) }
    if text.hasPrefix("overloaded") { throw SpeechError(.overloaded) }
    let seconds = text.split(separator: " ").count
    return Speech(samples: [Int16](repeating: 1000, count: seconds * Speech.sampleRate), mouth: [], words: [])
  }

  private func wait(for text: String) async {
    await withCheckedContinuation { continuation in
      let isReleased = state.withLock { state in
        if !state.released.contains(text) { state.waiting[text] = continuation }
        return state.released.contains(text)
      }
      if isReleased { continuation.resume() }
    }
  }

  private func tellWatchers() {
    let told = state.withLock { state in
      let count = state.asked.count
      let told = state.watchers.filter { $0.count <= count }
      state.watchers.removeAll { $0.count <= count }
      return told
    }
    for watcher in told { watcher.continuation.resume() }
  }
}
