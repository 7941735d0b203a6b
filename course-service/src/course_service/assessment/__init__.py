"""Assessment: quizzes, attempts and their grading."""
