// Talks in D-ID's words.
import AvatarProvider
import ProviderHTTP
import ProviderTestSupport
import SessionValues
import StrictJSON
import Testing

@testable import DIDProvider

@Suite(.timeLimit(.minutes(1))) struct DIDSpeakTests {
  private func body(_ script: Script, contract: String = "talks") async throws -> JSONValue? {
    let bench = try DIDBench(sample: "speak-reply-sdk")
    _ = try await bench.provider.speak(script, in: DIDBench.handle(contract: contract))
    let request = try await bench.onlyRequest()
    #expect(request.repeatability == .once)
    return request.json
  }

  @Test(
    arguments: [
      ("speak-reply-2023-06", nil, Duration.milliseconds(3275)), ("speak-reply-2024-08", "tlk_q7Wm2xVt9", nil),
      ("speak-reply-2025-08", "tlk_Zx81hB4cD", nil), ("speak-reply-sdk", "tlk_K3pLm0nQr", .milliseconds(2500)),
    ] as [(String, String?, Duration?)])
  func everyReplyOfTheYears(sample: String, id: String?, duration: Duration?) async throws {
    let bench = try DIDBench(sample: sample)
    let talk = try await bench.provider.speak(Script(.text("Hello world")), in: DIDBench.handle())
    #expect(talk == Talk(id: id, duration: duration))
    #expect(try await bench.onlyRequest().json == (try Sample(sample, of: DIDBench.contract).request?["body"]))
  }

  @Test(arguments: [
    (#"{"id":"tlk_1"}"#, Talk(id: "tlk_1", duration: nil)), ("{}", Talk(id: nil, duration: nil)),
    (#"{"video_id":"","talkId":[],"id":"i","duration":"soon"}"#, Talk(id: "i", duration: nil)),
    (#"{"video_id":null,"talkId":7,"id":"i","duration":"3.5"}"#, Talk(id: "7", duration: .milliseconds(3500))),
    (#"{"id":"i","duration":0}"#, Talk(id: "i", duration: nil)),
    (#"{"video_id":"v","id":"i","duration":-1}"#, Talk(id: "v", duration: nil)),
    (#"{"duration":1e300}"#, Talk(id: nil, duration: nil)),
  ])
  func oddReply(body: String, talk: Talk) async throws {
    #expect(
      try await DIDBench([.text(200, body)]).provider.speak(Script(.text("Hello")), in: DIDBench.handle()) == talk)
  }

  @Test(arguments: ["", "<html>", "7", "[]", #""""#])
  func replyThatCannotBeReadLeavesTheFateOpen(body: String) async throws {
    let bench = DIDBench([.text(200, body), .json(200, [:])])
    let session = try DIDBench.handle()
    let failure = await failure { () throws(ProviderFailure) in
      try await bench.provider.speak(Script(.text("Hello")), in: session)
    }
    #expect(failure?.code == .fateUnknown)
    #expect(await bench.client.requests.count == 1)
  }

  @Test(arguments: [
    RecordingClient.Outcome.failed(.timeout), .failed(.connectionLost),
    .json(504, ["message": "Endpoint request timed out"]),
    .json(502, ["message": "Internal server error"]), .text(503, "busy"), .text(408, ""),
    .json(500, ["kind": "UnknownError", "description": "Internal Server Error"]),
  ])
  func talkIsSentOnceAndItsFateIsUnknown(outcome: RecordingClient.Outcome) async throws {
    let bench = DIDBench([outcome, .json(200, [:])])
    let session = try DIDBench.handle()
    let failure = await failure { () throws(ProviderFailure) in
      try await bench.provider.speak(Script(.text("Hello")), in: session)
    }
    #expect(failure?.code == .fateUnknown)
    #expect(await bench.client.requests.count == 1)
  }

  @Test func everyOptionOfATalk() async throws {
    let voice: JSONValue = [
      "type": "microsoft", "voice_id": "en-US-JennyNeural", "voice_config": ["style": "Cheerful"],
    ]
    let beside: JSONObject = [
      "config": ["fluent": true, "pad_audio": 60, "result_format": "mov", "driver_expressions": ["expressions": []]],
      "user_data": "me", "name": "n", "driver_url": "bank://x",
      "audio_optimization": 2, "metadata": "m",
    ]
    var options = beside
    options["provider"] = voice
    options["ssml"] = false
    var expected = beside
    expected["script"] = ["type": "text", "input": "Hello", "provider": voice, "ssml": false]
    expected["session_id"] = .string(try DIDBench.handle().routing)
    #expect(try await body(Script(.text("Hello"), options: options)) == .object(expected))
  }

  @Test func placeForTheResultIsTheOperatorsToAllow() async throws {
    let script = Script(.text("Hello"), options: ["result_url": "https://elsewhere.example/r"])
    let strict = DIDBench([.json(200, [:])])
    let session = try DIDBench.handle()
    let failure = await failure { () throws(ProviderFailure) in try await strict.provider.speak(script, in: session) }
    #expect(failure?.code == .rejected)
    #expect(
      failure?.message
        == "options.result_url: it names a place that is written to; the server's operator can allow it by did.extra-options"
    )
    #expect(await strict.client.requests.isEmpty)
    let lenient = DIDBench([.json(200, [:])]) { $0.extraOptions.names = ["result_url"] }
    _ = try await lenient.provider.speak(script, in: session)
    #expect(try await lenient.onlyRequest().json?["result_url"] == "https://elsewhere.example/r")
  }

  @Test(arguments: ["webhook", "webhook_url", "callback_url"])
  func otherPlacesAreUnknown(name: String) async throws {
    let bench = DIDBench([.json(200, [:])])
    let session = try DIDBench.handle()
    let failure = await failure { () throws(ProviderFailure) in
      try await bench.provider.speak(Script(.text("Hello"), options: [name: "https://elsewhere.example"]), in: session)
    }
    #expect(failure?.code == .rejected)
    #expect(await bench.client.requests.isEmpty)
  }

  /// What D-ID's reference, its SDK and public callers have beside the older reference.
  @Test(arguments: [
    ("talks", #"{"metadata":{"chat_id":"c1"}}"#), ("talks", #"{"metadata":[1]}"#), ("talks", #"{"user_data":{"a":1}}"#),
    ("clips", #"{"presenter_id":"p","driver_id":"d","created_by":"me","config":{"logo":false}}"#),
    ("clips", #"{"config":{"logo":{"url":"s3://x","position":[0,-1]}}}"#),
  ])
  func memberGoesBesideTheScriptAsItCame(contract: String, options: String) async throws {
    let options = try #require(try JSONParser.parse(options).object)
    let sent = try await body(Script(.text("Hello"), options: options), contract: contract)
    for member in options.members { #expect(sent?[member.name] == member.value) }
  }

  @Test(arguments: [
    #"{"should_queue_speaks":true}"#, #"{"sentiment":"friendly"}"#,
    #"{"provider":{"type":"elevenlabs","voice_id":"v1","model_id":"m"}}"#, #"{"provider":{"type":"elevenlabs"}}"#,
    #"{"provider":{"type":"microsoft","voice_id":"en-US-JennyNeural","language":"English (United States)"}}"#,
    #"{"provider":{"type":"google","voice_id":"v","access":"public"}}"#,
  ])
  func memberGoesIntoTheScriptAsItCame(options: String) async throws {
    let options = try #require(try JSONParser.parse(options).object)
    let sent = try await body(Script(.text("Hello"), options: options), contract: "agents/a")
    for member in options.members {
      #expect(sent?["script"]?[member.name] == member.value)
      #expect(sent?[member.name] == nil)
    }
  }

  @Test(arguments: [
    "https://example.com/a.WAV", "https://example.com/a.Mp3?x=1", "s3://bucket/a.m4a#t=1",
  ])
  func endingOfARecordingInEitherCase(url: String) async throws {
    #expect(try await body(Script(.audio(url: url)))?["script"]?["audio_url"] == .string(url))
  }

  @Test func userDataHasItsLengthInUTF16() async throws {
    let text = JSONValue.string(String(repeating: "😀", count: 500))
    #expect(try await body(Script(.text("Hello"), options: ["user_data": text]))?["user_data"] == text)
    try await expectRejection(
      of: Script(.text("Hello"), options: ["user_data": .string(String(repeating: "😀", count: 501))]), naming: "user_data")
  }

  @Test func scriptsOfEveryKind() async throws {
    #expect(
      try await body(Script(.ssml("<speak>Hi</speak>")))?["script"]
        == ["type": "text", "input": "<speak>Hi</speak>", "ssml": true])
    #expect(
      try await body(Script(.audio(url: "https://example.com/a.wav?x=1")))?["script"]
        == ["type": "audio", "audio_url": "https://example.com/a.wav?x=1"])
    let clip = try await body(
      Script(
        .text("Hello"),
        options: [
          "background": ["color": "#00fF7a"], "presenter_config": ["crop": [:]], "config": ["stitch": true],
        ]),
      contract: "clips")
    #expect(clip?["background"] == ["color": "#00fF7a"])
    #expect(clip?["config"] == ["stitch": true])
    let agent = try await body(
      Script(
        .text("Hello"), options: ["config": ["stitch": true, "result_format": "webm"], "background": ["color": false]]),
      contract: "agents/a")
    #expect(agent?["config"] == ["stitch": true, "result_format": "webm"])
  }

  private static let mistakes: [(options: String, contract: String, names: String)] = [
    (#"{"voice":"x"}"#, "talks", "voice"), (#"{"provider":"microsoft"}"#, "talks", "provider"),
    (#"{"provider":{"type":"microsoft"}}"#, "talks", "provider.voice_id"),
    (#"{"provider":{"type":"x","voice_id":"y"}}"#, "talks", "provider.type"),
    (#"{"user_data":"   "}"#, "talks", "user_data"),
    (#"{"config":{"pad_audio":61}}"#, "talks", "config.pad_audio"),
    (#"{"config":{"result_format":"webm"}}"#, "talks", "config.result_format"),
    (#"{"config":{"normalization_factor":1.1}}"#, "talks", "config.normalization_factor"),
    (##"{"background":{"color":"#00ff7a"}}"##, "talks", "background"),
    (#"{"background":{"color":"red"}}"#, "clips", "background.color"),
    (#"{"config":{"sharpen":true}}"#, "clips", "config.sharpen"), (#"{"session_id":"x"}"#, "talks", "session_id"),
    (#"{"script":{}}"#, "talks", "script"), (#"{"audio_optimization":"2"}"#, "talks", "audio_optimization"),
  ]

  @Test(arguments: mistakes)
  func mistakeCostsNothingAndIsNamed(options: String, contract: String, names: String) async throws {
    let script = Script(.text("Hello"), options: try #require(try JSONParser.parse(options).object))
    try await expectRejection(of: script, contract: contract, naming: "options.\(names)")
  }

  @Test func userDataHasItsLength() async throws {
    let long = JSONValue.string(String(repeating: "u", count: 1001))
    try await expectRejection(of: Script(.text("Hello"), options: ["user_data": long]), naming: "user_data")
  }

  @Test(arguments: ["", "Hi", "😀", String(repeating: "x", count: 40_001), String(repeating: "👋", count: 20_001)])
  func textHasItsLength(text: String) async throws {
    try await expectRejection(of: Script(.text(text)), naming: "text")
    try await expectRejection(of: Script(.ssml(text)), naming: "text")
  }

  @Test(arguments: ["abc", "はい。", "👍🏽", "😀😀", String(repeating: "👋", count: 20_000)])
  func textWithinItsLengthGoesUp(text: String) async throws {
    #expect(try await body(Script(.text(text)))?["script"]?["input"]?.string == text)
    let length = DIDBench().provider.traits.textLength
    #expect(length.range.contains(length.count(text)) && text.utf8.count <= length.maximumBytes)
  }

  @Test(arguments: [
    "http://example.com/a.wav", "https://example.com/a.ogg", "https://example.com/wav", "https://.wav",
    "https://example.com/a .wav", "example.com/a.wav", "https://example.com/?a.wav", "",
  ])
  func recordingHasItsForm(url: String) async throws {
    try await expectRejection(of: Script(.audio(url: url)), naming: "audioUrl")
  }

  @Test func optionsThatContradictTheScriptAreRefused() async throws {
    try await expectRejection(of: Script(.ssml("<speak/>"), options: ["ssml": false]), naming: "ssml")
    let recording = Script.Content.audio(url: "s3://bucket/a.mp3")
    try await expectRejection(of: Script(recording, options: ["ssml": false]), naming: "ssml")
    let voice: JSONValue = ["type": "amazon", "voice_id": "x"]
    try await expectRejection(of: Script(recording, options: ["provider": voice]), naming: "provider")
  }

  private func expectRejection(of script: Script, contract: String = "talks", naming name: String) async throws {
    let bench = try DIDBench(sample: "speak-reply-sdk")
    let session = try DIDBench.handle(contract: contract)
    let failure = await failure { () throws(ProviderFailure) in try await bench.provider.speak(script, in: session) }
    #expect(failure?.code == .rejected)
    #expect(failure?.message.contains(name) == true)
    #expect(await bench.client.requests.isEmpty)
  }
}
