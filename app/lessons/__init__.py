"""The lessons, in the order of their tabs."""

from app.lessons.base import Lesson
from app.lessons.linear import LinearRegression
from app.lessons.logistic import LogisticRegression
from app.lessons.network import NeuralNetwork

LESSONS: dict[str, type[Lesson]] = {
    lesson.key: lesson for lesson in (LinearRegression, LogisticRegression, NeuralNetwork)
}
