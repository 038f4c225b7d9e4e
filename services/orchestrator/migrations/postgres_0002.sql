-- What answers to a question without criteria of its own are judged by: the first draft stands.
CREATE TABLE drafted_criteria (
    question_hash  TEXT NOT NULL,   -- SHA-256 of the question and its reference answer
    language       TEXT NOT NULL,
    prompt_version TEXT NOT NULL,   -- of the prompt that they were drafted with
    document       BYTEA NOT NULL,
    PRIMARY KEY (question_hash, language, prompt_version)
);
