// Has agents' answers come: part by part on the notifications socket, then as a video on the stream, each at its time.
import Basics
import MockClock
import StrictJSON
import TalkingAvatar

extension MockState {
  /// Begins an agent's answer, which comes behind the one before it on the same stream.
  /// - Parameter delay: how long the call's own reply waits.
  func deliver(_ answer: AgentAnswer, after delay: Duration, in key: ScenarioKey) {
    nextTask += 1
    let number = nextTask
    _ = with(key) { scenario in
      let (before, clock) = (scenario.answering[answer.stream], scenario.clock)
      let replied = clock.now.advanced(by: delay)
      let start = max(replied, before?.end ?? replied)
      let task = Task(executorPreference: executor) {
        await before?.task.value
        await self.deliverParts(of: answer, from: start, by: clock, in: key)
        await self.finish(answer, number, in: key)
      }
      scenario.answering[answer.stream] = (number, start.advanced(by: answer.delay * answer.parts.count), task)
    }
  }

  private func deliverParts(
    of answer: AgentAnswer, from start: MonotonicInstant, by clock: SteppableClock, in key: ScenarioKey
  ) async {
    for index in answer.parts.indices {
      let due = start.advanced(by: answer.delay * (index + 1))
      guard (try? await clock.sleep(until: due)) != nil else { return }
      guard with(key, { $0.did.sessions.session(answer.stream, at: clock.now)?.isOpen }) == true else {
        // Nobody is there any more to hear the rest.
        _ = with(key) { $0.did.videos.remove(answer.talk) }
        return tell(answer.address, in: key) { .answer(answer, parts: index, at: $0) }
      }
      tell(answer.address, in: key) { .part(index, of: answer, at: $0) }
    }
    tell(answer.address, in: key) { .answer(answer, parts: answer.parts.count, at: $0) }
    switch answer.video {
    case .spoken: speak(answer, in: key)
    case .error: give(up: answer, .error, in: key)
    case .rejected: give(up: answer, .rejected, in: key)
    }
  }

  private func finish(_ answer: AgentAnswer, _ number: Int, in key: ScenarioKey) {
    _ = with(key) { if $0.answering[answer.stream]?.number == number { $0.answering[answer.stream] = nil } }
  }

  private func speak(_ answer: AgentAnswer, in key: ScenarioKey) {
    let text = answer.text
    // Of nothing no video is made.
    guard text.contains(where: { !$0.isWhitespace }) else { return _ = with(key) { $0.did.videos.remove(answer.talk) } }
    let phrase = StreamedPhrase(
      talk: answer.talk,
      speechRequest: SpeechRequest(content: .text(text, isSSML: false), voice: nil, language: nil),
      duration: SpeechDuration.ofText(text), isLast: true)
    say([phrase], in: answer.stream, key)
  }

  private func give(up answer: AgentAnswer, _ event: AgentVideos.Event, in key: ScenarioKey) {
    guard let video = with(key, { $0.did.videos.remove(answer.talk) }) ?? nil else { return }
    tell(video.address, in: key) { .video(event, video, at: $0) }
  }

  /// Tells what has become of agents' videos, and has an alarm ring when there will be news.
  func tellOfVideos(in key: ScenarioKey) {
    let executor = executor
    let news = with(key) { scenario -> [(AgentVideos.Event, AgentVideo)] in
      guard !scenario.did.videos.isEmpty else { return [] }
      let (events, next) = scenario.did.newsOfVideos(at: scenario.clock.now)
      if let next {
        scenario.videoAlarm.set(for: next, on: scenario.clock, executor: executor) { [weak self] in
          await self?.ring($0, in: key)
        }
      }
      return events
    }
    for (event, video) in news ?? [] { tell(video.address, in: key) { .video(event, video, at: $0) } }
  }

  private func ring(_ deadline: MonotonicInstant, in key: ScenarioKey) {
    if with(key, { $0.videoAlarm.rings(for: deadline) }) == true { tellOfVideos(in: key) }
  }

  /// Tells a client, unless a fault has it go wrong.
  /// - Parameter news: made with the time of day.
  private func tell(
    _ connection: NotificationAddress.Connection?, in key: ScenarioKey, _ news: (String) -> AgentNews
  ) {
    guard let connection else { return }
    let address = NotificationAddress(scenario: key.name, connection: connection)
    let passed = with(key) { scenario -> (MessageOrder<AddressedNotification>.Passage, SteppableClock, MonotonicInstant) in
      let notification = news(scenario.did.time.iso(at: scenario.clock.now))
      let fate = scenario.messageFaults.assumeIsolated { $0.take(notification.event, session: notification.stream) }
      let message = AddressedNotification(text: notification.text, address: address)
      return (scenario.notifications.pass(message, fate), scenario.clock, scenario.clock.now)
    }
    guard let (passage, clock, now) = passed else { return }
    for message in passage.now { listeners.tell(message) }
    guard let (late, delay) = passage.late else { return }
    Task(executorPreference: executor) {
      guard (try? await clock.sleep(until: now.advanced(by: delay))) != nil else { return }
      await self.deliverLate(late, in: key)
    }
  }

  private func deliverLate(_ message: AddressedNotification, in key: ScenarioKey) {
    guard with(key, { $0.notifications.lateHasLeft() }) != nil else { return }
    listeners.tell(message)
  }
}
